"""What a newer statement does, noted before it is applied: from what is written, and from what it meets."""

import re
from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType
from typing import Any

from gate.audit.catalog import Catalog, Name
from gate.audit.release import Change, Release
from gate.audit.replay import altered, drop_changes, functions, indexes, parser, row_changes
from gate.audit.replay.noting import change, new_column, new_table, new_view, of_function, release_of, typed, words
from gate.audit.replay.snapshot import snapshot
from gate.audit.replay.state import State

LOSES = re.compile(r"\b(?:drop\s+(?:table|column|schema)|truncate|delete\s+from)\b", re.IGNORECASE)


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
    release.living = [(table, *table.columns.values()) for table in catalog.tables.values()]


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


def _index(state: State, tree: Any) -> Iterator[Change]:
    name = state.found(tree.relation)
    release = release_of(state)
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
        made=new_table(state, table) or new_view(state, name),
        columns=made.columns,
        now=f"{made.details} {made.where}",
        words=words(unique=tree.unique, concurrently=tree.concurrent),
    )


def _view(state: State, tree: Any) -> Iterator[Change]:
    yield change(state, "create view", state.made(tree.view), made=state.made(tree.view) not in state.catalog.views)


def _function(state: State, tree: Any) -> Iterator[Change]:
    yield change(state, "create function", state.made_as(parser.strings(tree.funcname)))


def _alter_function(state: State, tree: Any) -> Iterator[Change]:
    for one in functions.find(state, tree.func):
        yield of_function(state, "alter function", one)


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
    release = release_of(state)
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
        made = new_table(state, table) or new_view(state, name)
        if kind == "column":
            made = made or (table is not None and new_column(state, table, tree.subname))
            yield change(state, "rename column", name, tree.subname, made=made, now=tree.newname)
        elif name in state.catalog.tables or name in state.catalog.views:
            new = Name(tree.newschema, name.name) if moved else Name(name.schema, tree.newname)
            yield change(state, f"rename {kind}", name, made=made, other=new)


def _domain(state: State, tree: Any) -> Iterator[Change]:
    if tree.subtype == "C":
        name = state.type_named(parser.strings(tree.type_name))
        if name:
            constraint = getattr(tree, "def").constraint
            late = words(**{"not valid": constraint.skip_validation})
            yield change(state, "domain constraint", name, columns=typed(state, name), words=late)


def _enum(state: State, tree: Any) -> Iterator[Change]:
    name = state.type_named(parser.strings(tree.type_name))
    if name and tree.old_val:
        yield change(state, "rename value", name, tree.old_val, now=tree.new_val)


def _sequence(state: State, tree: Any) -> Iterator[Change]:
    name = state.found(tree.sequence)
    options = {one.defname: parser.option_text(one.arg) for one in map(parser.unwrap, tree.options)}
    sequence = state.catalog.sequences.get(name)
    if {"restart", "increment", "minvalue", "maxvalue", "cycle"} & options.keys():
        made = sequence is not None and sequence.place.path in release_of(state).files
        yield change(state, "restart sequence", name, made=made, now=options.get("restart", ""))


def _refresh(state: State, tree: Any) -> Iterator[Change]:
    name = state.found(tree.relation)
    said = words(concurrently=tree.concurrent, empty=tree.skip_data)
    yield change(state, "refresh view", name, made=new_view(state, name), words=said)


def _vacuum(state: State, tree: Any) -> Iterator[Change]:
    options = {one.defname: parser.option_text(one.arg) for one in map(parser.unwrap, tree.options)}
    names = [state.found(parser.unwrap(node).relation) for node in tree.rels] or [Name("", "every table")]
    if tree.is_vacuumcmd:
        full = options.get("full", "false") in {"true", "1", "on"}
        for name in names:
            yield change(state, "vacuum", name, words=words(full=full))


def _cluster(state: State, tree: Any) -> Iterator[Change]:
    name = state.found(tree.relation) if parser.present(tree, "relation") else Name("", "every table")
    yield change(state, "cluster", name, made=new_table(state, state.catalog.tables.get(name)))


def _reindex(state: State, tree: Any) -> Iterator[Change]:
    options = {one.defname for one in map(parser.unwrap, tree.params)}
    name = state.found(tree.relation) if parser.present(tree, "relation") else Name("", tree.name)
    said = words(concurrently="concurrently" in options)
    yield change(state, "reindex", name, made=new_table(state, state.catalog.tables.get(name)), words=said)


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
            made = parser.role(tree.role, state.role) not in release_of(state).base.roles
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
            made = new_table(state, state.catalog.tables.get(name))
            yield change(state, "publish", name, tree.pubname, made=made)
    if tree.for_all_tables:
        yield change(state, "publish", Name("", "every table"), tree.pubname)


def _drop_database(state: State, tree: Any) -> Iterator[Change]:
    yield change(state, "drop database", Name("", tree.dbname))


KINDS: MappingProxyType[str, Callable[[State, Any], Iterator[Change]]] = MappingProxyType(
    {
        "CreateStmt": row_changes.create_table,
        "CreateForeignTableStmt": row_changes.create_table,
        "CreateTableAsStmt": row_changes.create_as,
        "AlterTableStmt": altered.commands,
        "ViewStmt": _view,
        "CreateFunctionStmt": _function,
        "AlterFunctionStmt": _alter_function,
        "CreateTrigStmt": _trigger,
        "CreatePolicyStmt": _policy,
        "AlterPolicyStmt": _policy,
        "CreateExtensionStmt": _extension,
        "IndexStmt": _index,
        "SelectStmt": row_changes.select,
        "InsertStmt": row_changes.insert,
        "UpdateStmt": row_changes.update,
        "DeleteStmt": row_changes.delete,
        "TruncateStmt": row_changes.truncate,
        "DropStmt": drop_changes.drop,
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
