"""What a newer statement does, noted before it is applied: from what is written, and from what it meets."""

import re
from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType
from typing import Any

from gate.audit.catalog import Catalog, Function, Name, Table
from gate.audit.release import Change, Release
from gate.audit.replay import altered, functions, indexes, parser, references
from gate.audit.replay.altered import change
from gate.audit.replay.snapshot import snapshot
from gate.audit.replay.state import State

LOSES = re.compile(r"\b(?:drop\s+(?:table|column|schema)|truncate|delete\s+from)\b", re.IGNORECASE)
TRUE = {"true", "1 = 1", "'t'::bool"}


def begin(state: State, since: str, files: tuple[str, ...]) -> None:
    """From here on, statements are new: keep the catalog as it is now."""
    catalog = state.catalog
    base: Catalog = snapshot(catalog)
    catalog.release = release = Release(base, since, files)
    release.tables = {id(table): base.tables[name] for name, table in catalog.tables.items()}
    release.columns = {
        id(column): base.tables[table.name].columns[name]
        for table in catalog.tables.values()
        for name, column in table.columns.items()
    }


def of(state: State, tree: Any) -> list[Change]:
    """What a statement is about to do. Ask before it is applied."""
    handler = KINDS.get(parser.kind(tree))
    return list(handler(state, tree)) if handler else []


def keep(state: State, found: Iterable[Change], refused: Iterable[str]) -> None:
    """Keep them, unless Postgres refuses the statement for what depends on its object."""
    release = state.catalog.release
    if release and not any("cannot be dropped" in what or "exists already" in what for what in refused):
        release.changes += found


def not_followed(state: State, text: str) -> None:
    """A part of a block that the replay cannot follow, which may take rows away."""
    found = LOSES.search(text)
    if state.catalog.release and found:
        release = state.catalog.release
        release.changes.append(change(state, "not followed", Name("", ""), now=" ".join(found.group().lower().split())))


def _release(state: State) -> Release:
    release = state.catalog.release
    assert release
    return release


def _table(state: State, relation: Any) -> tuple[Name, Table | None] | None:
    """The table that a statement means; None for a temporary one and for anything else that keeps no rows."""
    name = state.found(relation)
    release = _release(state)
    if name in state.catalog.views or (not relation.schemaname and relation.relname in release.temporary):
        return None
    return name, state.catalog.tables.get(name)


def _create_table(state: State, tree: Any) -> Iterator[Change]:
    relation = tree.base_stmt.relation if parser.kind(tree) == "CreateForeignTableStmt" else tree.relation
    yield from _created(state, relation)


def _created(state: State, relation: Any) -> Iterator[Change]:
    if relation.relpersistence == "t":
        _release(state).temporary.add(relation.relname)
    else:
        yield change(state, "create table", state.made(relation), made=True)


def _create_as(state: State, tree: Any) -> Iterator[Change]:
    if parser.enum(tree, "objtype") == "OBJECT_MATVIEW":
        yield change(state, "create view", state.made(tree.into.rel), made=True)
        return
    yield from _created(state, tree.into.rel)
    yield from _copies(state, state.made(tree.into.rel), tree.query)


def _copies(state: State, target: Name, query: Any) -> Iterator[Change]:
    """The tables that a query reads, with the columns it names, or `*`."""
    read = tuple(
        parser.strings(one.fields)[-1] if parser.kind(one.fields[-1]) == "String" else "*"
        for one in parser.walk(query)
        if parser.kind(one) == "ColumnRef" and len(one.fields)
    )
    for one in parser.walk(query):
        if parser.kind(one) == "RangeVar":
            yield change(state, "copy rows", target, other=state.found(one), columns=read)


def _select(state: State, tree: Any) -> Iterator[Change]:
    yield from _inside(state, tree)
    if parser.present(tree, "into_clause"):
        yield from _created(state, tree.into_clause.rel)
        yield from _copies(state, state.made(tree.into_clause.rel), tree)
    for one in parser.walk(tree):
        if parser.kind(one) == "FuncCall" and parser.strings(one.funcname)[-1:] == ("setval",) and len(one.args) > 1:
            word, number = parser.literal(one.args[0]), parser.literal(one.args[1])
            if word and number is not None:
                yield change(state, "restart sequence", state.spelled(word), now=number)


def _inside(state: State, tree: Any) -> Iterator[Change]:
    """What the WITH clause of a statement changes by itself."""
    if parser.present(tree, "with_clause"):
        for one in map(parser.unwrap, tree.with_clause.ctes):
            yield from of(state, parser.unwrap(one.ctequery))


def _insert(state: State, tree: Any) -> Iterator[Change]:
    yield from _inside(state, tree)
    yield change(state, "insert rows", state.found(tree.relation))
    yield from _copies(state, state.found(tree.relation), tree.select_stmt)


def every_row(tree: Any) -> bool:
    """Whether an UPDATE or DELETE has no condition that could leave a row out."""
    return parser.expression(tree.where_clause).strip("()").lower() in {"", *TRUE}


def _update(state: State, tree: Any) -> Iterator[Change]:
    yield from _inside(state, tree)
    found = _table(state, tree.relation)
    if found is None:
        return
    name, table = found
    read = [one for target in tree.target_list for one in parser.walk(target) if parser.kind(one) == "ColumnRef"]
    names = tuple(parser.strings(one.fields)[-1] for one in read if parser.strings(one.fields))
    yield change(state, "copy rows", name, other=name, columns=names)
    for one in (one for source in tree.from_clause for one in parser.walk(source)):
        if parser.kind(one) == "RangeVar":
            yield change(state, "copy rows", name, other=state.found(one), columns=names)
    if every_row(tree) and not len(tree.from_clause):
        assigned = [one.name for one in map(parser.unwrap, tree.target_list) if not _filled(one)]
        old = tuple(one for one in assigned if table is None or not altered.new_column(state, table, one))
        if assigned:
            yield change(state, "update every row", name, made=not old, columns=old)


def _filled(target: Any) -> bool:
    """`column = coalesce(column, ...)`: only what was empty is set."""
    value = parser.unwrap(target.val)
    if parser.kind(value) != "CoalesceExpr":
        return False
    first = parser.unwrap(value.args[0])
    return parser.kind(first) == "ColumnRef" and parser.strings(first.fields)[-1:] == (target.name,)


def _delete(state: State, tree: Any) -> Iterator[Change]:
    yield from _inside(state, tree)
    found = _table(state, tree.relation)
    if found and every_row(tree):
        yield change(state, "delete every row", found[0], made=altered.new_table(state, found[1]))


def _truncate(state: State, tree: Any) -> Iterator[Change]:
    cascade = parser.enum(tree, "behavior") == "DROP_CASCADE"
    for node in tree.relations:
        found = _table(state, parser.unwrap(node))
        if found:
            name, table = found
            reached = tuple(sorted(map(str, _reached(state, {name}) - {name}))) if cascade else ()
            yield change(state, "truncate", name, made=altered.new_table(state, table), columns=reached)


def _reached(state: State, names: set[Name]) -> set[Name]:
    """The tables that a TRUNCATE ... CASCADE empties."""
    while True:
        more = {
            one.name for one in state.catalog.tables.values() if any(key.target in names for key in one.foreign_keys)
        }
        if more <= names:
            return names
        names = names | more


def _drop(state: State, tree: Any) -> Iterator[Change]:
    cascade = parser.enum(tree, "behavior") == "DROP_CASCADE"
    handler = DROPS.get(parser.enum(tree, "remove_type"))
    for node in tree.objects if handler else ():
        assert handler
        for one in handler(state, tree, node):
            yield one
            if cascade and one.act in {"drop table", "drop view"}:
                yield from _dependent_views(state, one.name)


def _dependent_views(state: State, name: Name) -> Iterator[Change]:
    for view in state.catalog.views.values():
        if name in view.sources and view.name != name:
            made = view.name not in _release(state).base.views
            yield change(state, "drop view", view.name, made=made, words=frozenset({"cascade"}))


def _drop_relation(state: State, tree: Any, node: Any) -> Iterator[Change]:
    name = state.found_as(parser.strings(parser.items(node)))
    release = _release(state)
    if name.name in release.temporary and name not in state.catalog.tables:
        return
    if name in state.catalog.views:
        yield change(state, "drop view", name, made=name not in release.base.views)
    elif name in state.catalog.sequences:
        sequence = state.catalog.sequences[name]
        used = tuple(
            f"{table.name}.{column.name}"
            for table in state.catalog.tables.values()
            for column in table.columns.values()
            if f"nextval('{name}'" in column.default
            or (column.default_node is not None and name in references.sequences(state, column.default_node))
        )
        yield change(state, "drop sequence", name, made=sequence.place.path in release.files, columns=used)
    elif name in state.catalog.tables:
        yield change(state, "drop table", name, made=altered.new_table(state, state.catalog.tables[name]))
    elif not tree.missing_ok:
        yield change(state, "drop table", name)


def _drop_function(state: State, _tree: Any, node: Any) -> Iterator[Change]:
    for one in functions.find(state, parser.unwrap(node)):
        yield _of_function(state, "drop function", one)


def _of_function(state: State, act: str, function: Function) -> Change:
    kinds = ", ".join(kind for _, kind in function.arguments)
    made = function.key not in _release(state).base.functions
    return change(state, act, function.name, f"({kinds})", made=made, columns=function.key[1])


def _drop_part(act: str) -> Callable[[State, Any, Any], Iterator[Change]]:
    """A policy or trigger of a table."""

    def noted(state: State, _tree: Any, node: Any) -> Iterator[Change]:
        *where, part = parser.strings(parser.items(node))
        table = state.catalog.tables.get(state.found_as(tuple(where)))
        held: Any = {} if table is None else table.policies if act == "drop policy" else table.triggers
        if table is not None and part in held:
            release = _release(state)
            before = release.tables.get(id(table))
            known: Any = {} if before is None else before.policies if act == "drop policy" else before.triggers
            other = held[part].function if act == "drop trigger" else None
            yield change(state, act, table.name, part, made=part not in known, other=other)

    return noted


def _drop_schema(state: State, _tree: Any, node: Any) -> Iterator[Change]:
    name = parser.unwrap(node).sval
    if name in state.catalog.schemas:
        inside = tuple(str(one) for one in state.catalog.tables if one.schema == name)
        made = name not in _release(state).base.schemas
        yield change(state, "drop schema", Name("", name), made=made, columns=inside)


def _drop_type(state: State, _tree: Any, node: Any) -> Iterator[Change]:
    name = state.type_named(parser.strings(parser.unwrap(node).names))
    if name:
        used = altered.typed(state, name)
        yield change(state, "drop type", name, made=name not in _release(state).base.types, columns=used)


def _drop_extension(state: State, _tree: Any, node: Any) -> Iterator[Change]:
    name = parser.unwrap(node).sval
    if name in state.catalog.extensions:
        made = name not in _release(state).base.extensions
        yield change(state, "drop extension", Name("", name), made=made)


def _drop_index(state: State, tree: Any, node: Any) -> Iterator[Change]:
    parts = parser.strings(parser.items(node))
    release = _release(state)
    for home in (parts[-2],) if len(parts) > 1 else state.path:
        found = state.catalog.indexes.get(Name(home, parts[-1]))
        if found:
            table = state.catalog.tables.get(found.table)
            yield change(
                state,
                "drop index",
                found.table,
                parts[-1],
                made=altered.new_table(state, table) or Name(home, parts[-1]) not in release.base.indexes,
                columns=found.columns,
                was=f"{found.details} {found.where}",
                words=altered.words(unique=found.unique, concurrently=tree.concurrent),
            )
            return


def _index(state: State, tree: Any) -> Iterator[Change]:
    name = state.found(tree.relation)
    release = _release(state)
    temporary = not tree.relation.schemaname and tree.relation.relname in release.temporary
    if temporary or (tree.if_not_exists and Name(name.schema, tree.idxname) in state.catalog.indexes):
        return
    table = state.catalog.tables.get(name)
    made = indexes.described(state, Name(name.schema, tree.idxname), name, tree)
    yield change(
        state,
        "create index",
        name,
        tree.idxname,
        made=altered.new_table(state, table) or _new_view(state, name),
        columns=made.columns,
        now=f"{made.details} {made.where}",
        words=altered.words(unique=tree.unique, concurrently=tree.concurrent),
    )


def _new_view(state: State, name: Name) -> bool:
    return name in state.catalog.views and name not in _release(state).base.views


def _view(state: State, tree: Any) -> Iterator[Change]:
    yield change(state, "create view", state.made(tree.view), made=state.made(tree.view) not in state.catalog.views)


def _function(state: State, tree: Any) -> Iterator[Change]:
    yield change(state, "create function", state.made_as(parser.strings(tree.funcname)))


def _alter_function(state: State, tree: Any) -> Iterator[Change]:
    for one in functions.find(state, tree.func):
        yield _of_function(state, "alter function", one)


def _trigger(state: State, tree: Any) -> Iterator[Change]:
    called = state.made_as(parser.strings(tree.funcname))
    yield change(state, "create trigger", state.found(tree.relation), tree.trigname, other=called)


def _policy(state: State, tree: Any) -> Iterator[Change]:
    act = "create policy" if parser.kind(tree) == "CreatePolicyStmt" else "alter policy"
    yield change(state, act, state.found(tree.table), tree.policy_name)


def _extension(state: State, tree: Any) -> Iterator[Change]:
    yield change(state, "create extension", Name("", tree.extname))


RENAMES = {
    "OBJECT_TABLE": "table",
    "OBJECT_FOREIGN_TABLE": "table",
    "OBJECT_VIEW": "view",
    "OBJECT_MATVIEW": "view",
    "OBJECT_COLUMN": "column",
    "OBJECT_FUNCTION": "function",
    "OBJECT_PROCEDURE": "function",
    "OBJECT_SCHEMA": "schema",
}


def _rename(state: State, tree: Any) -> Iterator[Change]:
    moved = parser.kind(tree) == "AlterObjectSchemaStmt"
    kind = RENAMES.get(parser.enum(tree, "object_type" if moved else "rename_type"))
    release = _release(state)
    if kind == "function":
        for one in functions.find(state, parser.unwrap(tree.object)):
            new = Name(tree.newschema, one.name.name) if moved else Name(one.name.schema, tree.newname)
            yield change(state, "rename function", one.name, made=one.key not in release.base.functions, other=new)
    elif kind == "schema":
        made = tree.subname not in release.base.schemas
        yield change(state, "rename schema", Name("", tree.subname), made=made, other=Name("", tree.newname))
    elif kind and parser.present(tree, "relation"):
        name = state.found(tree.relation)
        table = state.catalog.tables.get(name)
        made = altered.new_table(state, table) or _new_view(state, name)
        if kind == "column":
            made = made or (table is not None and altered.new_column(state, table, tree.subname))
            yield change(state, "rename column", name, tree.subname, made=made, now=tree.newname)
        elif name in state.catalog.tables or name in state.catalog.views:
            new = Name(tree.newschema, name.name) if moved else Name(name.schema, tree.newname)
            yield change(state, f"rename {kind}", name, made=made, other=new)


def _domain(state: State, tree: Any) -> Iterator[Change]:
    if tree.subtype == "C":
        name = state.type_named(parser.strings(tree.type_name))
        if name:
            constraint = getattr(tree, "def").constraint
            late = altered.words(**{"not valid": constraint.skip_validation})
            yield change(state, "domain constraint", name, columns=altered.typed(state, name), words=late)


def _enum(state: State, tree: Any) -> Iterator[Change]:
    name = state.type_named(parser.strings(tree.type_name))
    if name and tree.old_val:
        yield change(state, "rename value", name, tree.old_val, now=tree.new_val)


def _sequence(state: State, tree: Any) -> Iterator[Change]:
    name = state.found(tree.sequence)
    options = {one.defname: parser.option_text(one.arg) for one in map(parser.unwrap, tree.options)}
    sequence = state.catalog.sequences.get(name)
    if {"restart", "increment", "minvalue", "maxvalue", "cycle"} & options.keys():
        made = sequence is not None and sequence.place.path in _release(state).files
        yield change(state, "restart sequence", name, made=made, now=options.get("restart", ""))


def _refresh(state: State, tree: Any) -> Iterator[Change]:
    name = state.found(tree.relation)
    words = altered.words(concurrently=tree.concurrent, empty=tree.skip_data)
    yield change(state, "refresh view", name, made=_new_view(state, name), words=words)


def _vacuum(state: State, tree: Any) -> Iterator[Change]:
    options = {one.defname: parser.option_text(one.arg) for one in map(parser.unwrap, tree.options)}
    names = [state.found(parser.unwrap(node).relation) for node in tree.rels] or [Name("", "every table")]
    if tree.is_vacuumcmd:
        full = options.get("full", "false") in {"true", "1", "on"}
        for name in names:
            yield change(state, "vacuum", name, words=altered.words(full=full))


def _cluster(state: State, tree: Any) -> Iterator[Change]:
    name = state.found(tree.relation) if parser.present(tree, "relation") else Name("", "every table")
    yield change(state, "cluster", name, made=altered.new_table(state, state.catalog.tables.get(name)))


def _reindex(state: State, tree: Any) -> Iterator[Change]:
    options = {one.defname for one in map(parser.unwrap, tree.params)}
    name = state.found(tree.relation) if parser.present(tree, "relation") else Name("", tree.name)
    words = altered.words(concurrently="concurrently" in options)
    yield change(state, "reindex", name, made=altered.new_table(state, state.catalog.tables.get(name)), words=words)


def _setting(state: State, tree: Any) -> Iterator[Change]:
    match parser.kind(tree):
        case "AlterRoleSetStmt":
            whom = parser.role(tree.role, state.role) if parser.present(tree, "role") else "every role"
            yield change(state, "setting", Name("role", whom), tree.setstmt.name)
        case "AlterDatabaseSetStmt":
            yield change(state, "setting", Name("database", tree.dbname), tree.setstmt.name)
        case "AlterSystemStmt":
            yield change(state, "setting", Name("system", ""), tree.setstmt.name)
        case "AlterExtensionStmt":
            yield change(state, "setting", Name("extension", tree.extname), "version")
        case "AlterRoleStmt":
            made = parser.role(tree.role, state.role) not in _release(state).base.roles
            options = [one.defname for one in map(parser.unwrap, tree.options) if one.defname != "password"]
            for option in options:
                yield change(state, "setting", Name("role", parser.role(tree.role, state.role)), option, made=made)


def _grant(state: State, tree: Any) -> Iterator[Change]:
    """One change per named object, or per schema for ALL ... IN SCHEMA."""
    act = "grant" if tree.is_grant else "revoke"
    roles = tuple(parser.role(node, state.role) for node in tree.grantees)
    if parser.enum(tree, "targtype") == "ACL_TARGET_ALL_IN_SCHEMA":
        for schema in parser.strings(tree.objects):
            yield change(state, act, Name(schema, "*"), columns=roles)
        return
    for node in tree.objects:
        inner = parser.unwrap(node)
        match parser.kind(inner):
            case "String":
                yield change(state, act, Name("", inner.sval), columns=roles)
            case "RangeVar":
                yield change(state, act, state.found(inner), columns=roles)
            case "ObjectWithArgs":
                for one in functions.find(state, inner):
                    yield change(state, act, one.name, columns=roles)


def _publication(state: State, tree: Any) -> Iterator[Change]:
    """Tables that a publication begins to send out."""
    if parser.kind(tree) == "AlterPublicationStmt" and parser.enum(tree, "action") == "AP_DropObjects":
        return
    for one in map(parser.unwrap, tree.pubobjects):
        if parser.present(one, "pubtable"):
            name = state.found(one.pubtable.relation)
            made = altered.new_table(state, state.catalog.tables.get(name))
            yield change(state, "publish", name, tree.pubname, made=made)
    if tree.for_all_tables:
        yield change(state, "publish", Name("", "every table"), tree.pubname)


def _drop_database(state: State, tree: Any) -> Iterator[Change]:
    yield change(state, "drop database", Name("", tree.dbname))


Noted = Callable[[State, Any, Any], Iterator[Change]]
DROPS: MappingProxyType[str, Noted] = MappingProxyType(
    {
        "OBJECT_TABLE": _drop_relation,
        "OBJECT_FOREIGN_TABLE": _drop_relation,
        "OBJECT_VIEW": _drop_relation,
        "OBJECT_MATVIEW": _drop_relation,
        "OBJECT_SEQUENCE": _drop_relation,
        "OBJECT_FUNCTION": _drop_function,
        "OBJECT_PROCEDURE": _drop_function,
        "OBJECT_ROUTINE": _drop_function,
        "OBJECT_AGGREGATE": _drop_function,
        "OBJECT_POLICY": _drop_part("drop policy"),
        "OBJECT_TRIGGER": _drop_part("drop trigger"),
        "OBJECT_SCHEMA": _drop_schema,
        "OBJECT_TYPE": _drop_type,
        "OBJECT_DOMAIN": _drop_type,
        "OBJECT_EXTENSION": _drop_extension,
        "OBJECT_INDEX": _drop_index,
    }
)
KINDS: MappingProxyType[str, Callable[[State, Any], Iterator[Change]]] = MappingProxyType(
    {
        "CreateStmt": _create_table,
        "CreateForeignTableStmt": _create_table,
        "CreateTableAsStmt": _create_as,
        "AlterTableStmt": altered.commands,
        "ViewStmt": _view,
        "CreateFunctionStmt": _function,
        "AlterFunctionStmt": _alter_function,
        "CreateTrigStmt": _trigger,
        "CreatePolicyStmt": _policy,
        "AlterPolicyStmt": _policy,
        "CreateExtensionStmt": _extension,
        "IndexStmt": _index,
        "SelectStmt": _select,
        "InsertStmt": _insert,
        "UpdateStmt": _update,
        "DeleteStmt": _delete,
        "TruncateStmt": _truncate,
        "DropStmt": _drop,
        "DropdbStmt": _drop_database,
        "RenameStmt": _rename,
        "AlterObjectSchemaStmt": _rename,
        "AlterDomainStmt": _domain,
        "AlterEnumStmt": _enum,
        "AlterSeqStmt": _sequence,
        "RefreshMatViewStmt": _refresh,
        "VacuumStmt": _vacuum,
        "ClusterStmt": _cluster,
        "ReindexStmt": _reindex,
        "AlterRoleSetStmt": _setting,
        "AlterDatabaseSetStmt": _setting,
        "AlterSystemStmt": _setting,
        "AlterExtensionStmt": _setting,
        "AlterRoleStmt": _setting,
        "GrantStmt": _grant,
        "AlterPublicationStmt": _publication,
        "CreatePublicationStmt": _publication,
    }
)
