"""RENAME and SET SCHEMA: row security, policies and grants move along, and everything that reads the object follows."""

from typing import Any

from gate.audit.catalog import Function, Moved, Name, Table, Trigger, View
from gate.audit.replay import columns, functions, indexes, owners, parser, policies, publications, references
from gate.audit.replay.drops import ROUTINES, must_be
from gate.audit.replay.state import State

RELATIONS = {"OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE", "OBJECT_SEQUENCE"}


def rename(state: State, tree: Any) -> None:
    """ALTER ... RENAME."""
    match parser.enum(tree, "rename_type"):
        case kind if kind in RELATIONS:
            old = state.found(tree.relation)
            must_be(state, old, kind)
            if old in state.catalog.indexes:
                _index(state, tree, old)
            else:
                relation(state, old, Name(old.schema, tree.newname), missing_ok=tree.missing_ok)
        case "OBJECT_COLUMN" | "OBJECT_ATTRIBUTE" | "OBJECT_TABCONSTRAINT" | "OBJECT_TRIGGER":
            _part(state, tree)
        case "OBJECT_POLICY":
            _policy(state, tree)
        case "OBJECT_SCHEMA":
            schema(state, tree.subname, tree.newname)
        case kind if kind in ROUTINES:
            for found in _routines(state, tree, kind):
                function(state, found, Name(found.name.schema, tree.newname))
        case "OBJECT_TYPE" | "OBJECT_DOMAIN":
            old = _type(state, parser.strings(parser.items(tree.object)))
            move_type(state, old, Name(old.schema, tree.newname))
        case "OBJECT_DOMCONSTRAINT":
            _domain_constraint(state, tree)
        case "OBJECT_ROLE":
            _role(state, tree.subname, tree.newname)
        case "OBJECT_INDEX":
            _index(state, tree, state.found(tree.relation))
        case "OBJECT_PUBLICATION":
            _keyed(state, state.catalog.publications, parser.unwrap(tree.object).sval, tree.newname)
        case "OBJECT_EVENT_TRIGGER":
            _keyed(state, state.catalog.event_triggers, parser.unwrap(tree.object).sval, tree.newname)


def _routines(state: State, tree: Any, kind: str) -> list[Function]:
    node = parser.unwrap(tree.object)
    found = functions.find(state, node, ROUTINES[kind])
    named = ".".join(parser.strings(node.objname))
    if not found:
        state.missing(f"function {named} was never created")
    if found[0].kind not in ROUTINES[kind]:
        state.refuse(f"{found[0].signature} is a {found[0].kind}")
    return found


def _keyed(state: State, held: dict[str, Any], old: str, new: str) -> None:
    """A publication or event trigger."""
    if old not in held:
        state.missing(f"{old!r} was never created")
    if new in held:
        state.refuse(f"{new!r} exists already")
    held[new] = held.pop(old)
    held[new].name = new


def _part(state: State, tree: Any) -> None:
    """A column, constraint or trigger of a table or view."""
    name = state.found(tree.relation)
    holder = state.catalog.tables.get(name) or state.catalog.views.get(name)
    if holder is None:
        made = state.catalog.types.get(name)
        if made and tree.subname in made.attributes:
            made.attributes = {tree.newname if k == tree.subname else k: v for k, v in made.attributes.items()}
        elif not tree.missing_ok:
            state.missing(f"table {name} was never created")
        return
    owners.must_own(state, str(name), holder.owner)
    match parser.enum(tree, "rename_type"):
        case "OBJECT_TRIGGER":
            _trigger(state, holder, tree)
        case "OBJECT_TABCONSTRAINT" if isinstance(holder, Table):
            _constraint(state, holder, tree)
        case _ if isinstance(holder, View):
            _view_column(state, holder, tree)
        case _ if isinstance(holder, Table):
            if tree.subname in holder.columns and not holder.columns[tree.subname].own and holder.parents:
                state.refuse(f"column {tree.subname!r} of {name} is inherited")
            column(state, holder, tree.subname, tree.newname)


def _trigger(state: State, holder: Table | View, tree: Any) -> None:
    if tree.subname not in holder.triggers:
        state.missing(f"trigger {tree.subname!r} on {holder.name} was never created")
    if tree.newname in holder.triggers:
        state.refuse(f"trigger {tree.newname!r} on {holder.name} exists already")
    found: Trigger = holder.triggers.pop(tree.subname)
    found.name = tree.newname
    holder.triggers[found.name] = found


def _constraint(state: State, table: Table, tree: Any) -> None:
    """A constraint with an index takes its index along."""
    made = table.constraints.get(tree.subname)
    if made is None:
        state.missing(f"constraint {tree.subname!r} of {table.name} was never created")
    if made.inherited and made.kind == "check":
        state.refuse(f"constraint {tree.subname!r} of {table.name} is inherited")
    index = Name(table.name.schema, tree.subname)
    indexed = made.kind in {"primary", "unique", "exclusion"}
    new = Name(table.name.schema, tree.newname)
    if tree.newname in table.constraints or (indexed and columns.taken(state, new)):
        state.refuse(f"constraint {tree.newname!r} of {table.name} exists already")
    for member in (table, *_checked_alike(state, table, tree.subname)) if made.kind == "check" else (table,):
        held = member.constraints.pop(tree.subname)
        held.name = tree.newname
        member.constraints[tree.newname] = held
    for key in table.foreign_keys:
        key.name = tree.newname if key.name == tree.subname else key.name
    if indexed and index in state.catalog.indexes:
        found = state.catalog.indexes.pop(index)
        found.name = new
        state.catalog.indexes[new] = found


def _checked_alike(state: State, table: Table, name: str) -> list[Table]:
    found = []
    for child in state.catalog.tables.values():
        if table.name in child.parents and name in child.constraints:
            found += [child, *_checked_alike(state, child, name)]
    return found


def _view_column(state: State, view: View, tree: Any) -> None:
    """What a view calls a column; its query stays."""
    if tree.subname not in view.columns:
        if view.columns:
            state.missing(f"column {tree.subname!r} of {view.name} was never created")
        return
    if tree.newname in view.columns:
        state.refuse(f"column {tree.newname!r} of {view.name} exists already")
    _follow_column(state, view.name, tree.subname, tree.newname)
    view.columns = {tree.newname if name == tree.subname else name: one for name, one in view.columns.items()}
    view.columns[tree.newname].name = tree.newname
    view.acl.rename_column(tree.subname, tree.newname)
    _index_columns(state, view.name, tree.subname, tree.newname)


def _index(state: State, tree: Any, name: Name) -> None:
    """An index that a constraint made takes the constraint along."""
    catalog = state.catalog
    homes = (tree.relation.schemaname,) if tree.relation.schemaname else state.path
    old = next(
        (Name(home, tree.relation.relname) for home in homes if Name(home, tree.relation.relname) in catalog.indexes),
        name,
    )
    if old not in catalog.indexes:
        if old in catalog.tables or old in catalog.views or old in catalog.sequences:
            relation(state, old, Name(old.schema, tree.newname))
        elif not tree.missing_ok:
            state.missing(f"index {old} was never created")
        return
    new = Name(old.schema, tree.newname)
    if columns.taken(state, new):
        state.refuse(f"{new} exists already")
    index = catalog.indexes.pop(old)
    index.name = new
    catalog.indexes[new] = index
    table = catalog.tables.get(index.table)
    if index.constraint and table and old.name in table.constraints:
        made = table.constraints.pop(old.name)
        made.name = new.name
        table.constraints[new.name] = made


def _domain_constraint(state: State, tree: Any) -> None:
    name = _type(state, parser.strings(parser.items(tree.object)))
    made = state.catalog.types[name]
    if tree.subname not in made.checks or tree.newname in made.checks:
        state.missing(f"constraint {tree.subname!r} of {name} was never created, or {tree.newname!r} was")
    made.checks = {tree.newname if key == tree.subname else key: text for key, text in made.checks.items()}


def set_schema(state: State, tree: Any) -> None:
    """ALTER ... SET SCHEMA."""
    kind = parser.enum(tree, "object_type")
    if tree.newschema not in state.catalog.schemas:
        state.missing(f"schema {tree.newschema} was never created")
    if kind in RELATIONS:
        old = state.found(tree.relation)
        must_be(state, old, kind)
        held = state.catalog.sequences.get(old)
        if held and held.column:
            state.refuse(f"sequence {old} belongs to {held.column[0]}")
        if old.schema != tree.newschema or (old not in state.catalog.tables and old not in state.catalog.views):
            relation(state, old, Name(tree.newschema, old.name), missing_ok=tree.missing_ok)
    elif kind in ROUTINES:
        for found in _routines(state, tree, kind):
            if found.name.schema != tree.newschema:
                function(state, found, Name(tree.newschema, found.name.name))
    elif kind == "OBJECT_EXTENSION":
        state.catalog.extensions[parser.unwrap(tree.object).sval] = tree.newschema
    elif kind in {"OBJECT_TYPE", "OBJECT_DOMAIN"}:
        name = _type(state, parser.strings(parser.items(tree.object)))
        if name.schema != tree.newschema:
            move_type(state, name, Name(tree.newschema, name.name))


def relation(state: State, old: Name, new: Name, *, missing_ok: bool = False) -> None:
    """A table, view or sequence under another name or in another schema."""
    catalog = state.catalog
    held = catalog.tables.get(old) or catalog.views.get(old) or catalog.sequences.get(old)
    if held is None:
        if not missing_ok:
            state.missing(f"table {old} was never created")
        return
    owners.must_own(state, str(old), held.owner)
    if columns.taken(state, new) or (old not in catalog.sequences and columns.type_taken(state, new)):
        state.refuse(f"{new} exists already")
    if new.schema not in catalog.schemas:
        state.missing(f"schema {new.schema} was never created")
    if old.schema != new.schema:
        _parts_fit(state, old, new)
    move_relation(state, old, new)


def _parts_fit(state: State, old: Name, new: Name) -> None:
    """The indexes and sequences of a table must find their names free in its new schema."""
    catalog = state.catalog
    moving = [index.name.name for index in catalog.indexes.values() if index.table == old]
    moving += [one.name.name for one in catalog.sequences.values() if one.column and one.column[0] == old]
    clash = next((name for name in moving if columns.taken(state, Name(new.schema, name))), None)
    if clash is not None:
        state.refuse(f"{new.schema}.{clash} exists already")


def move_relation(state: State, old: Name, new: Name) -> None:
    """Move a relation whose new name is free."""
    catalog = state.catalog
    _followers(state, old, new)
    if old in catalog.sequences:
        sequence = catalog.sequences.pop(old)
        sequence.name = new
        catalog.sequences[new] = sequence
        return
    if old in catalog.views:
        view = catalog.views.pop(old)
        view.name = new
        catalog.views[new] = view
    else:
        _table(state, old, new)
    _retype(state, old, new)
    _parts(state, old, new)


def _table(state: State, old: Name, new: Name) -> None:
    catalog = state.catalog
    table = catalog.tables.pop(old)
    catalog.gone[str(old)] = state.place
    catalog.moved.append(Moved(old, "", str(new), state.place))
    if table.rls:
        catalog.protected[old] = table.changed or table.place
    table.name = new
    for policy in table.policies.values():
        policy.table = new
    catalog.tables[new] = table
    publications.follow(state, old, new)
    if table not in state.renamed:
        state.renamed.append(table)


def _followers(state: State, old: Name, new: Name) -> None:
    """Policies, views, keys, defaults and bodies that read a relation remember the object, not its name."""
    catalog = state.catalog
    drawn = old in catalog.sequences
    for table in catalog.tables.values():
        for policy in table.policies.values():
            if policy.table == old or old in policy.relations:
                for node in policy.expressions():
                    references.rename_relation(state, node, old, new, policy.table)
                policies.refresh(policy)
        for key in table.foreign_keys:
            key.target = new if key.target == old else key.target
        table.parents = [new if parent == old else parent for parent in table.parents]
        for column_ in table.columns.values() if drawn else ():
            if column_.default == f"nextval('{old}')":
                column_.default = f"nextval('{new}')"
            elif column_.default_node is not None and old in references.sequences(state, column_.default_node):
                references.rename_sequence(state, column_.default_node, old, new)
                column_.default = parser.expression(column_.default_node)
    for view in catalog.views.values():
        if old in view.sources:
            references.rename_relation(state, view.query, old, new)
            view.sources = tuple(sorted(references.relations(view.query)))
            view.starred = {new if name == old else name: held for name, held in view.starred.items()}
    for function_ in catalog.functions.values():
        if function_.body_node is not None and old in references.relations(function_.body_node):
            references.rename_relation(state, function_.body_node, old, new)
            function_.body = parser.body_text(function_.body_node)


def _parts(state: State, old: Name, new: Name) -> None:
    """A relation's sequences and indexes follow it into another schema but keep their names."""
    catalog = state.catalog
    for sequence in [one for one in catalog.sequences.values() if one.column and one.column[0] == old]:
        assert sequence.column
        before, column_name = sequence.name, sequence.column[1]
        after = Name(new.schema, before.name)
        sequence.column = (new, column_name)
        if before != after:
            move_relation(state, before, after)
    for index in [one for one in catalog.indexes.values() if one.table == old]:
        del catalog.indexes[index.name]
        index.name, index.table = Name(new.schema, index.name.name), new
        catalog.indexes[index.name] = index


def column(state: State, table: Table, old: str, new: str) -> None:
    """A table's column under another name, in its children too."""
    if old not in table.columns:
        state.missing(f"column {old!r} of {table.name} was never created")
    members = [table, *(one for one in _children(state, table) if old in one.columns)]
    if any(new in one.columns for one in members):
        state.refuse(f"column {new!r} of {table.name} exists already")
    for one in members:
        _one_column(state, one, old, new)


def _children(state: State, table: Table) -> list[Table]:
    found = []
    for child in state.catalog.tables.values():
        if table.name in child.parents:
            found += [child, *_children(state, child)]
    return found


def _follow_column(state: State, relation_: Name, old: str, new: str) -> None:
    """Policies and views that read a column of a relation follow."""
    for _, policy in state.catalog.policies():
        if policy.table == relation_ or relation_ in policy.relations:
            for node in policy.expressions():
                references.rename_column(state, node, relation_, (old, new), policy.table)
            policies.refresh(policy)
    for view in state.catalog.views.values():
        if relation_ in view.sources:
            references.rename_column(state, view.query, relation_, (old, new))
            if relation_ in view.starred:
                view.starred[relation_] = tuple(new if one == old else one for one in view.starred[relation_])
    for function_ in state.catalog.functions.values():
        if function_.body_node is not None and relation_ in references.relations(function_.body_node):
            references.rename_column(state, function_.body_node, relation_, (old, new))
            function_.body = parser.body_text(function_.body_node)


def _one_column(state: State, table: Table, old: str, new: str) -> None:
    _follow_column(state, table.name, old, new)
    for other in state.catalog.tables.values():
        for key in other.foreign_keys:
            if key.target == table.name:
                key.target_columns = _swapped(key.target_columns, old, new)
    table.columns = {new if name == old else name: column_ for name, column_ in table.columns.items()}
    table.columns[new].name = new
    state.catalog.moved.append(Moved(table.name, old, new, state.place))
    for key in table.foreign_keys:
        key.columns = _swapped(key.columns, old, new)
    table.primary_key = _swapped(table.primary_key, old, new)
    table.acl.rename_column(old, new)
    for made in table.constraints.values():
        made.columns = _swapped(made.columns, old, new)
        if made.node is not None:
            references.rename_bare(made.node, old, new)
            made.check = parser.expression(made.node)
    for generated in [one for one in table.columns.values() if one.kind == "generated"]:
        references.rename_bare(generated.default_node, old, new)
        generated.default = parser.expression(generated.default_node)
    for trigger in table.triggers.values():
        trigger.columns = _swapped(trigger.columns, old, new)
        references.rename_of_rows(trigger.condition, old, new)
    for publication in state.catalog.publications.values():
        if table.name in publication.tables:
            publication.tables[table.name] = _swapped(publication.tables[table.name], old, new)
    _index_columns(state, table.name, old, new)
    for sequence in state.catalog.sequences.values():
        if sequence.column == (table.name, old):
            sequence.column = (table.name, new)


def _index_columns(state: State, relation_: Name, old: str, new: str) -> None:
    for index in state.catalog.indexes.values():
        if index.table == relation_ and old in indexes.reads(index):
            indexes.rename_column(index, old, new)


def _swapped(names: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if one == old else one for one in names)


def _policy(state: State, tree: Any) -> None:
    name = state.found(tree.relation)
    table = state.catalog.tables.get(name)
    if table is None or tree.subname not in table.policies:
        if tree.missing_ok and table is None:
            return
        state.missing(f"policy {tree.subname!r} on {name} was never created")
    if tree.newname in table.policies:
        state.refuse(f"policy {tree.newname!r} on {name} exists already")
    policy = table.policies.pop(tree.subname)
    policy.name = tree.newname
    table.policies[tree.newname] = policy


def schema(state: State, old: str, new: str) -> None:
    """ALTER SCHEMA ... RENAME TO: everything in it follows."""
    catalog = state.catalog
    if old not in catalog.schemas:
        state.missing(f"schema {old} was never created")
    if new in catalog.schemas or new.startswith("pg_"):
        state.refuse(f"schema {new} exists already, or has a name that is kept for the system")
    owners.must_own(state, f"schema {old}", catalog.schemas[old].owner)
    catalog.schemas[new] = catalog.schemas[old]
    catalog.schemas[new].name = new
    for name in [one for one in (*catalog.tables, *catalog.views) if one.schema == old]:
        move_relation(state, name, Name(new, name.name))
    for name in [one for one in catalog.sequences if one.schema == old]:
        move_relation(state, name, Name(new, name.name))
    for found in [one for (name, _), one in catalog.functions.items() if name.schema == old]:
        function(state, found, Name(new, found.name.name))
    for name in [one for one in catalog.types if one.schema == old]:
        move_type(state, name, Name(new, name.name))
    for publication in catalog.publications.values():
        if old in publication.schemas:
            publication.schemas.discard(old)
            publication.schemas.add(new)
    catalog.defaults = {(o, new if s == old else s, k): v for (o, s, k), v in catalog.defaults.items()}
    catalog.extensions = {one: new if home == old else home for one, home in catalog.extensions.items()}
    del catalog.schemas[old]


def function(state: State, moved: Function, new: Name) -> None:
    """A function under another name or in another schema: policies, triggers, defaults and views follow, bodies do not."""
    catalog = state.catalog
    old, kinds = moved.key
    if (new, kinds) in catalog.functions:
        state.refuse(f"function {new} exists already")
    owners.must_own(state, moved.signature, moved.owner)
    alone = len(catalog.functions.named(old)) == 1
    del catalog.functions[old, kinds]
    moved.name = new
    catalog.functions[new, kinds] = moved
    if not kinds:
        for holder in catalog.relations():
            for trigger in holder.triggers.values():
                trigger.function = new if trigger.function == old else trigger.function
        for event in catalog.event_triggers.values():
            event.function = new if event.function == old else event.function
    if alone:
        _calls(state, old, new)


def _calls(state: State, old: Name, new: Name) -> None:
    """Expressions that call a function follow it to its new name."""
    catalog = state.catalog
    for table in catalog.tables.values():
        for policy in [policy for policy in table.policies.values() if old in policy.calls]:
            for node in policy.expressions():
                references.rename_function(node, old, new)
            policies.refresh(policy)
        for column_ in table.columns.values():
            if old in column_.calls:
                references.rename_function(column_.default_node, old, new)
                column_.calls = frozenset(references.calls(column_.default_node))
                column_.default = parser.expression(column_.default_node)
        for made in [one for one in table.constraints.values() if old in one.calls]:
            references.rename_function(made.node, old, new)
            made.calls, made.check = frozenset(references.calls(made.node)), parser.expression(made.node)
        for trigger in [one for one in table.triggers.values() if one.condition is not None]:
            references.rename_function(trigger.condition, old, new)
    for view in [view for view in catalog.views.values() if old in view.calls]:
        references.rename_function(view.query, old, new)
        view.calls = frozenset(references.calls(view.query))
    for index in [index for index in catalog.indexes.values() if old in indexes.calls(index)]:
        indexes.rename_function(index, old, new)
    for other in catalog.functions.values():
        if other.body_node is not None and old in references.calls(other.body_node):
            references.rename_function(other.body_node, old, new)
            other.body = parser.body_text(other.body_node)


def _type(state: State, parts: tuple[str, ...]) -> Name:
    name = state.type_named(parts)
    if name is None:
        state.missing(f"type {parts[-1]} was never created")
    owners.must_own(state, str(name), state.catalog.types[name].owner)
    return name


def move_type(state: State, old: Name, new: Name) -> None:
    """A type under another name or in another schema."""
    catalog = state.catalog
    if columns.type_taken(state, new):
        state.refuse(f"type {new} exists already")
    made = catalog.types.pop(old)
    made.name = new
    catalog.types[new] = made
    _retype(state, old, new)


def _retype(state: State, old: Name, new: Name) -> None:
    """What is of a type follows its name; a type's own name is all that is kept of its schema."""
    if old.name == new.name or old.name in columns.BUILT_IN:
        return
    catalog = state.catalog
    for holder in catalog.relations():
        for column_ in holder.columns.values():
            column_.type = _retyped(column_.type, old, new)
    for other in catalog.types.values():
        other.base = _retyped(other.base, old, new)
        other.attributes = {key: _retyped(kind, old, new) for key, kind in other.attributes.items()}
    for function_ in list(catalog.functions.values()):
        before = function_.key
        function_.arguments = tuple((name, _retyped(kind, old, new)) for name, kind in function_.arguments)
        function_.returns = _retyped(function_.returns, old, new)
        if function_.key != before:
            del catalog.functions[before]
            catalog.functions[function_.key] = function_
    for _, policy in catalog.policies():
        if any(old.name in references.types(node) for node in policy.expressions()):
            for node in policy.expressions():
                references.rename_type(node, old, new)
            policies.refresh(policy)


def _retyped(kind: str, old: Name, new: Name) -> str:
    prefix = "_" if kind.startswith("_") else ""
    return prefix + new.name if kind == prefix + old.name else kind


def _role(state: State, old: str, new: str) -> None:
    catalog = state.catalog
    if old not in catalog.roles:
        state.missing(f"role {old!r} was never created")
    if new in catalog.roles:
        state.refuse(f"role {new!r} exists already")
    made = catalog.roles.pop(old)
    made.name = new
    catalog.roles[new] = made
    for role in catalog.roles.values():
        role.member_of = {new if one == old else one: how for one, how in role.member_of.items()}
    for _, policy in catalog.policies():
        policy.roles = tuple(new if role == old else role for role in policy.roles)
    for acl in catalog.acls():
        acl.rename_role(old, new)
    for _, found in owners.everything(state):
        found.owner = new if found.owner == old else found.owner
    for held in catalog.defaults.values():
        held.rename_role(old, new)
    catalog.defaults = {(new if o == old else o, s, k): held for (o, s, k), held in catalog.defaults.items()}
