"""The fold: one statement after the other changes the catalog."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from gate.audit.catalog import Catalog, Schema
from gate.audit.replay import (
    alter_table,
    blocks,
    changes,
    comments,
    datatypes,
    drops,
    event_triggers,
    functions,
    grants,
    indexes,
    owners,
    parser,
    policies,
    publications,
    renames,
    roles,
    sequences,
    storage,
    tables,
    transactions,
    triggers,
    views,
)
from gate.audit.replay.enum_values import Early
from gate.audit.replay.platform import EXTENSION_SCHEMAS, born_with, start
from gate.audit.replay.state import Refused, State, TakenBack
from gate.config import Config, Regime
from gate.migration import Statement

ROWS = {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"}
AGAIN = 100_000  # statements that may be replayed again, because one was refused after a part of it took effect
AGAIN_AT_LEAST = 2


def replay(
    statements: Iterable[Statement],
    config: Config,
    regime: Regime,
    newer: Sequence[str] = (),
    since: str = "",
    *,
    complete: bool = False,
) -> Catalog:
    """The catalog that Postgres would hold after these statements. Never raises for what the SQL says.

    `newer` are the paths of the files that are new `since` something; they come last, and what they do is kept as changes.
    `complete` says that these are all the statements there ever were. Else a statement that names something unknown is
    taken for the rest of what it says: production may have what a dashboard made.
    """
    given = list(statements)
    kept = list(transactions.kept(given))
    without: dict[tuple[int, int], str] = {}
    again = max(AGAIN_AT_LEAST, AGAIN // (len(kept) + 1))
    while True:
        catalog, early = start(config, regime), Early()
        catalog.transactions = list(transactions.controls(given))
        try:
            for state, statement in _steps(kept, catalog, without, again=again > 0):
                state.complete = complete
                if statement.place.path in newer and catalog.release is None:
                    changes.begin(state, since, tuple(newer))
                _follow(state, statement, early)
        except TakenBack as taken:
            number, guarded = taken.key
            # Blocks inside of one that is taken back are met no more: later ones have other numbers.
            without = {key: why for key, why in without.items() if key[0] != number or key[1] < guarded}
            without[taken.key] = str(taken)
            again -= 1
        else:
            if catalog.release:
                catalog.release.sizes = Counter(one.place.path for one in given)
            catalog.answers = {}
            return catalog


def _steps(
    statements: list[Statement], catalog: Catalog, without: dict[tuple[int, int], str], *, again: bool
) -> Iterator[tuple[State, Statement]]:
    """The state of the replay before each statement."""
    if not statements:
        return
    state = State(catalog, statements[0], step=step, without=without, again=again)
    for number, statement in enumerate(statements):
        if not catalog.files or statement.place.path != catalog.files[-1][0]:
            state.begin_file()
            catalog.files.append((statement.place.path, statement.place))
        state.statement, state.number, state.guarded = statement, number, 0
        yield state, statement


def _follow(state: State, statement: Statement, early: Early) -> None:
    """Apply one statement as a whole or not at all, or say that it cannot be read."""
    catalog, packed = state.catalog, statement.tree
    known = state.without.get((state.number, 0))
    if packed is None:
        catalog.failed.append(statement)
    elif known is not None:
        state.note(known)
    elif catalog.release is not None or parser.packed_kind(packed) in HANDLERS:
        before = state.changes
        try:
            tree = parser.opened(packed)
            early.see(state, parser.unwrap(tree))
            step(state, tree)
        except Refused as refused:
            state.take_back((state.number, 0), str(refused), since=before)
            state.note(str(refused))
        except (parser.TooDeep, RecursionError) as fault:
            _too_deep(state, statement, fault)


def _too_deep(state: State, statement: Statement, fault: Exception) -> None:
    """A statement that is nested too deeply is as if it did not parse; rows are only listed."""
    problem = str(fault) if isinstance(fault, parser.TooDeep) else "too much in it is nested to be followed"
    if statement.tree and parser.packed_kind(statement.tree) in ROWS:
        state.unmodelled(problem)
    else:
        state.catalog.failed.append(replace(statement, tree=None, problem=problem))


def step(state: State, node: Any) -> None:
    """Apply one statement. Raises Refused where Postgres would refuse it."""
    tree = parser.unwrap(node)
    kind = parser.kind(tree)
    handler = HANDLERS.get(kind)
    found = changes.of(state, tree) if state.catalog.release is not None else []
    try:
        if handler:
            handler(state, tree)
    except Refused as refused:
        changes.keep(state, found, [str(refused)])
        raise
    changes.keep(state, found, [])
    if handler and _lasts(state, tree):
        state.changes += 1
    if state.catalog.event_triggers and handler:
        state.changes += 1
        event_triggers.fire(state, kind, tree)


def _lasts(state: State, tree: Any) -> bool:
    """Whether a statement that is through may have changed what the replay keeps: of rows, only those of buckets are."""
    kind = parser.kind(tree)
    if kind == "SelectStmt":
        return parser.present(tree, "into_clause")
    return kind not in ROWS or state.catalog.release is not None or state.found(tree.relation) == storage.BUCKETS


def _schema(state: State, tree: Any) -> None:
    owner = parser.role(tree.authrole, state.role) if parser.present(tree, "authrole") else state.role
    name = tree.schemaname or owner
    if owner not in state.catalog.roles:
        state.missing(f"role {owner!r} was never created")
    if name in state.catalog.schemas:
        if not tree.if_not_exists:
            state.refuse(f"schema {name} exists already")
        return
    if state.catalog.roles[state.role].place is not None:
        state.refuse(f"{state.role} may make no schema")
    if name.startswith("pg_"):
        state.refuse(f"schema {name} has a name that is kept for the system")
    made = Schema(name, born_with(state.catalog, "", "schemas", state.role), owner, state.place)
    state.catalog.schemas[name] = made
    before, role = state.path, state.role
    state.path, state.role = (name, *before), owner
    try:
        for element in tree.schema_elts:
            state.changes += 1
            step(state, element)
    finally:
        state.path, state.role = before, role


def _select(state: State, tree: Any) -> None:
    """SELECT INTO makes a table; dumps empty the search path by a function call; a function may change anything."""
    if parser.present(tree, "into_clause"):
        tables.into(state, tree.into_clause, tree)
        return
    for one in parser.walk(tree):
        if parser.kind(one) != "FuncCall":
            continue
        if parser.strings(one.funcname)[-1] == "set_config" and len(one.args) > 1:
            name, value = parser.literal(one.args[0]), parser.literal(one.args[1])
            if name == "search_path" and value is not None:
                state.path = tuple(word.strip(' "') for word in value.split(",") if word.strip(' "'))
        else:
            blocks.call(state, one)


def _call(state: State, tree: Any) -> None:
    blocks.call(state, tree.funccall)


def _create_as(state: State, tree: Any) -> None:
    if parser.enum(tree, "objtype") == "OBJECT_MATVIEW":
        views.create_materialized(state, tree)
    else:
        tables.create_as(state, tree)


def _extension(state: State, tree: Any) -> None:
    options = {one.defname: parser.option_text(one.arg) for one in map(parser.unwrap, tree.options)}
    home = EXTENSION_SCHEMAS.get(tree.extname) or options.get("schema") or state.home
    if tree.extname in state.catalog.extensions:
        return
    if home not in state.catalog.schemas and tree.extname not in EXTENSION_SCHEMAS:
        state.missing(f"schema {home} of extension {tree.extname!r} was never created")
    state.catalog.extensions[tree.extname] = home
    state.catalog.installed[tree.extname] = state.place
    state.catalog.schemas.setdefault(home, Schema(home))


def _server(state: State, tree: Any) -> None:
    """CREATE SERVER, which foreign tables name."""
    if tree.servername in state.catalog.servers:
        if not tree.if_not_exists:
            state.refuse(f"server {tree.servername!r} exists already")
        return
    state.catalog.servers[tree.servername] = tree.fdwname


HANDLERS: MappingProxyType[str, Callable[[State, Any], None]] = MappingProxyType(
    {
        "CreateStmt": tables.create,
        "CreateForeignTableStmt": tables.create_foreign,
        "CreateForeignServerStmt": _server,
        "CreateTableAsStmt": _create_as,
        "AlterTableStmt": alter_table.alter,
        "CreatePolicyStmt": policies.create,
        "AlterPolicyStmt": policies.alter,
        "ViewStmt": views.create,
        "CreateFunctionStmt": functions.create,
        "AlterFunctionStmt": functions.alter,
        "GrantStmt": grants.grant,
        "GrantRoleStmt": roles.membership,
        "AlterDefaultPrivilegesStmt": grants.defaults,
        "CreateSchemaStmt": _schema,
        "CreateSeqStmt": sequences.create,
        "AlterSeqStmt": sequences.alter,
        "CreateEnumStmt": datatypes.create,
        "CompositeTypeStmt": datatypes.create,
        "CreateDomainStmt": datatypes.create,
        "CreateRangeStmt": datatypes.create,
        "DefineStmt": functions.define,
        "AlterEnumStmt": datatypes.alter_enum,
        "AlterDomainStmt": datatypes.alter_domain,
        "CreateExtensionStmt": _extension,
        "CreateEventTrigStmt": event_triggers.create,
        "AlterEventTrigStmt": event_triggers.alter,
        "CreatePublicationStmt": publications.create,
        "AlterPublicationStmt": publications.alter,
        "AlterOwnerStmt": owners.alter,
        "ReassignOwnedStmt": owners.reassign,
        "CommentStmt": comments.comment,
        "DropStmt": drops.drop,
        "DropRoleStmt": roles.drop,
        "DropOwnedStmt": roles.drop_owned,
        "RenameStmt": renames.rename,
        "AlterObjectSchemaStmt": renames.set_schema,
        "VariableSetStmt": roles.change_setting,
        "AlterRoleSetStmt": roles.settings,
        "AlterDatabaseSetStmt": roles.settings,
        "SelectStmt": _select,
        "CallStmt": _call,
        "DoStmt": blocks.do,
        "IndexStmt": indexes.create,
        "CreateRoleStmt": roles.create,
        "AlterRoleStmt": roles.alter,
        "CreateTrigStmt": triggers.create,
        "InsertStmt": storage.insert,
        "UpdateStmt": storage.update,
        "DeleteStmt": storage.delete,
    }
)
