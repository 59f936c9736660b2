"""RENAME and SET SCHEMA: row security, policies and grants move along, and everything that reads the object follows."""

from typing import Any

from gate.audit.catalog import Moved, Name, Table
from gate.audit.replay import constraints, functions, parser, policies, references
from gate.audit.replay.state import State


def rename(state: State, tree: Any) -> None:
    """ALTER ... RENAME."""
    match parser.enum(tree, "rename_type"):
        case "OBJECT_TABLE" | "OBJECT_VIEW" | "OBJECT_MATVIEW" | "OBJECT_FOREIGN_TABLE" | "OBJECT_SEQUENCE":
            old = state.found(tree.relation)
            relation(state, old, Name(old.schema, tree.newname), missing_ok=tree.missing_ok)
        case "OBJECT_COLUMN" | "OBJECT_TABCONSTRAINT" | "OBJECT_TRIGGER":
            table = state.catalog.tables.get(state.found(tree.relation))
            if table:
                _part(state, table, tree)
        case "OBJECT_POLICY":
            _policy(state, tree)
        case "OBJECT_SCHEMA":
            schema(state, tree.subname, tree.newname)
        case "OBJECT_FUNCTION" | "OBJECT_PROCEDURE" | "OBJECT_ROUTINE":
            for found in functions.find(state, parser.unwrap(tree.object)):
                function(state, found.name, found.key[1], Name(found.name.schema, tree.newname))
        case "OBJECT_TYPE" | "OBJECT_DOMAIN":
            _type(state, parser.strings(parser.items(tree.object)), tree.newname)
        case "OBJECT_ROLE":
            _role(state, tree.subname, tree.newname)
        case "OBJECT_INDEX":
            _index(state, tree)


def _part(state: State, table: Table, tree: Any) -> None:
    match parser.enum(tree, "rename_type"):
        case "OBJECT_COLUMN":
            _column(state, table, tree.subname, tree.newname)
        case "OBJECT_TRIGGER" if tree.subname in table.triggers:
            table.triggers[tree.newname] = table.triggers.pop(tree.subname)
        case "OBJECT_TABCONSTRAINT" if tree.subname in table.constraints:
            table.constraints[tree.newname] = table.constraints.pop(tree.subname)
            if tree.subname in table.checks:
                table.checks[tree.newname] = table.checks.pop(tree.subname)
            for key in table.foreign_keys:
                key.name = tree.newname if key.name == tree.subname else key.name


def _index(state: State, tree: Any) -> None:
    indexes = state.catalog.indexes
    for home in (tree.relation.schemaname, *state.path):
        found = indexes.pop(Name(home, tree.relation.relname), None)
        if found:
            indexes[Name(home, tree.newname)] = found
            return


def set_schema(state: State, tree: Any) -> None:
    """ALTER ... SET SCHEMA."""
    match parser.enum(tree, "object_type"):
        case "OBJECT_TABLE" | "OBJECT_VIEW" | "OBJECT_MATVIEW" | "OBJECT_SEQUENCE" | "OBJECT_FOREIGN_TABLE":
            old = state.found(tree.relation)
            relation(state, old, Name(tree.newschema, old.name), missing_ok=tree.missing_ok)
        case "OBJECT_FUNCTION" | "OBJECT_PROCEDURE" | "OBJECT_ROUTINE":
            for found in functions.find(state, parser.unwrap(tree.object)):
                function(state, found.name, found.key[1], Name(tree.newschema, found.name.name))
        case "OBJECT_EXTENSION":
            name = parser.unwrap(tree.object).sval
            state.catalog.extensions[name] = tree.newschema
        case "OBJECT_TYPE" | "OBJECT_DOMAIN":
            parts = parser.strings(parser.items(tree.object))
            kind = next((name for name in state.catalog.types if name.name == parts[-1]), None)
            if kind:
                _move_type(state, kind, Name(tree.newschema, kind.name))


def relation(state: State, old: Name, new: Name, *, missing_ok: bool = False) -> None:
    """A table, view or sequence under another name or in another schema."""
    catalog = state.catalog
    if old not in catalog.tables and old not in catalog.views and old not in catalog.sequences:
        if not missing_ok:
            state.missing(f"table {old} was never created")
        return
    if constraints.taken(state, new):
        state.missing(f"{new} exists already")
        return
    if new.schema not in catalog.schemas:
        state.missing(f"schema {new.schema} was never created")
        return
    if old in catalog.sequences:
        sequence = catalog.sequences.pop(old)
        sequence.name = new
        catalog.sequences[new] = sequence
        return
    _followers(state, old, new)
    if old in catalog.views:
        view = catalog.views.pop(old)
        view.name = new
        catalog.views[new] = view
        return
    table = catalog.tables.pop(old)
    catalog.gone[str(old)] = state.place
    catalog.moved.append(Moved(old, "", str(new), state.place))
    if table.rls:
        catalog.protected[old] = table.changed or table.place
    table.name = new
    for policy in table.policies.values():
        policy.table = new
    catalog.tables[new] = table
    _parts(state, old, new)


def _followers(state: State, old: Name, new: Name) -> None:
    """Policies, views and keys that read a relation remember the object, not its name."""
    for table in state.catalog.tables.values():
        for policy in table.policies.values():
            if policy.table == old or old in policy.relations:
                for node in policy.expressions():
                    references.rename_relation(state, node, old, new, policy.table)
                policies.refresh(policy)
        for key in table.foreign_keys:
            key.target = new if key.target == old else key.target
        table.parents = [new if parent == old else parent for parent in table.parents]
    for view in state.catalog.views.values():
        if old in view.sources:
            references.rename_relation(state, view.query, old, new)
            view.sources = tuple(sorted(references.relations(view.query)))


def _parts(state: State, old: Name, new: Name) -> None:
    """A table's sequences follow it into another schema but keep their names; its indexes too."""
    catalog = state.catalog
    for sequence in [one for one in catalog.sequences.values() if one.owner and one.owner[0] == old]:
        assert sequence.owner
        del catalog.sequences[sequence.name]
        sequence.name = Name(new.schema, sequence.name.name)
        sequence.owner = (new, sequence.owner[1])
        catalog.sequences[sequence.name] = sequence
    catalog.indexes = {
        (Name(new.schema, name.name) if index.table == old else name): (
            index._replace(table=new) if index.table == old else index
        )
        for name, index in catalog.indexes.items()
    }


def _column(state: State, table: Table, old: str, new: str) -> None:
    if old not in table.columns:
        state.missing(f"column {old!r} of {table.name} was never created")
        return
    if new in table.columns:
        state.missing(f"column {new!r} of {table.name} exists already")
        return
    for _, policy in state.catalog.policies():
        if policy.table == table.name or table.name in policy.relations:
            for node in policy.expressions():
                references.rename_column(state, node, table.name, (old, new), policy.table)
            policies.refresh(policy)
    for view in state.catalog.views.values():
        if table.name in view.sources:
            references.rename_column(state, view.query, table.name, (old, new))
    for other in state.catalog.tables.values():
        for key in other.foreign_keys:
            if key.target == table.name:
                key.target_columns = tuple(new if one == old else one for one in key.target_columns)
    _own_column(state, table, old, new)
    for child in [one for one in state.catalog.tables.values() if table.name in one.parents]:
        if old in child.columns:
            _column(state, child, old, new)


def _own_column(state: State, table: Table, old: str, new: str) -> None:
    table.columns = {new if name == old else name: column for name, column in table.columns.items()}
    table.columns[new].name = new
    state.catalog.moved.append(Moved(table.name, old, new, state.place))
    indexes = state.catalog.indexes
    for name in [one for one, held in indexes.items() if held.table == table.name and old in held.columns]:
        columns = tuple(new if one == old else one for one in indexes[name].columns)
        indexes[name] = indexes[name]._replace(columns=columns)
    for key in table.foreign_keys:
        key.columns = tuple(new if one == old else one for one in key.columns)
    table.primary_key = tuple(new if one == old else one for one in table.primary_key)
    table.acl.rename_column(old, new)
    for sequence in state.catalog.sequences.values():
        if sequence.owner == (table.name, old):
            sequence.owner = (table.name, new)


def _policy(state: State, tree: Any) -> None:
    table = state.catalog.tables.get(state.found(tree.relation))
    if table is None or tree.subname not in table.policies:
        state.missing(f"policy {tree.subname!r} on {state.found(tree.relation)} was never created")
    elif tree.newname in table.policies:
        state.missing(f"policy {tree.newname!r} on {table.name} exists already")
    else:
        policy = table.policies.pop(tree.subname)
        policy.name = tree.newname
        table.policies[tree.newname] = policy


def schema(state: State, old: str, new: str) -> None:
    """ALTER SCHEMA ... RENAME TO: everything in it follows."""
    catalog = state.catalog
    if old not in catalog.schemas or new in catalog.schemas:
        state.missing(f"schema {old} was never created, or {new} exists already")
        return
    catalog.schemas[new] = catalog.schemas[old]
    catalog.schemas[new].name = new
    for name in [one for one in (*catalog.tables, *catalog.views) if one.schema == old]:
        relation(state, name, Name(new, name.name))
    for name in [one for one in catalog.sequences if one.schema == old]:
        relation(state, name, Name(new, name.name))
    for name, kinds in [key for key in catalog.functions if key[0].schema == old]:
        function(state, name, kinds, Name(new, name.name))
    for name in [one for one in catalog.types if one.schema == old]:
        _move_type(state, name, Name(new, name.name))
    catalog.defaults = {(o, new if s == old else s, k): v for (o, s, k), v in catalog.defaults.items()}
    catalog.extensions = {one: new if home == old else home for one, home in catalog.extensions.items()}
    del catalog.schemas[old]


def function(state: State, old: Name, kinds: tuple[str, ...], new: Name) -> None:
    """A function under another name or in another schema: policies, triggers, defaults and views follow, bodies do not."""
    catalog = state.catalog
    if (new, kinds) in catalog.functions:
        state.missing(f"function {new} exists already")
        return
    alone = len(catalog.functions.named(old)) == 1
    moved = catalog.functions[old, kinds]
    del catalog.functions[old, kinds]
    moved.name = new
    catalog.functions[new, kinds] = moved
    if not alone:
        return
    for table in catalog.tables.values():
        table.triggers = {k: (new if v[0] == old else v[0], *v[1:]) for k, v in table.triggers.items()}
        for policy in [policy for policy in table.policies.values() if old in policy.calls]:
            for node in policy.expressions():
                references.rename_function(node, old, new)
            policies.refresh(policy)
        for column in table.columns.values():
            if old in column.calls:
                references.rename_function(column.default_node, old, new)
                column.calls = frozenset(references.calls(column.default_node))
    for view in [view for view in catalog.views.values() if old in view.calls]:
        references.rename_function(view.query, old, new)
        view.calls = frozenset(references.calls(view.query))


def _type(state: State, parts: tuple[str, ...], newname: str) -> None:
    homes = (parts[-2],) if len(parts) > 1 else state.path
    for home in homes:
        if Name(home, parts[-1]) in state.catalog.types:
            _move_type(state, Name(home, parts[-1]), Name(home, newname))
            return


def _move_type(state: State, old: Name, new: Name) -> None:
    catalog = state.catalog
    made = catalog.types.pop(old)
    made.name = new
    catalog.types[new] = made
    if old.name == new.name:
        return
    for table in catalog.tables.values():
        for column in table.columns.values():
            column.type = _retyped(column.type, old, new)
    for function_ in list(catalog.functions.values()):
        before = function_.key
        function_.arguments = tuple((name, _retyped(kind, old, new)) for name, kind in function_.arguments)
        if function_.key != before:
            del catalog.functions[before]
            catalog.functions[function_.key] = function_


def _retyped(kind: str, old: Name, new: Name) -> str:
    prefix = "_" if kind.startswith("_") else ""
    return prefix + new.name if kind == prefix + old.name else kind


def _role(state: State, old: str, new: str) -> None:
    catalog = state.catalog
    catalog.roles[new] = catalog.roles.pop(old, set())
    for held in catalog.roles.values():
        if old in held:
            held.discard(old)
            held.add(new)
    for _, policy in catalog.policies():
        policy.roles = tuple(new if role == old else role for role in policy.roles)
    for acl in catalog.acls():
        if old in acl.grants:
            acl.grants[new] = acl.grants.pop(old)
        acl.columns = {(new if r == old else r, c): held for (r, c), held in acl.columns.items()}
