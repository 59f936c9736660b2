"""What the commands of an ALTER TABLE are about to do, one change each."""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

from gate.audit.catalog import Name, Table
from gate.audit.release import Change
from gate.audit.replay import columns as cols
from gate.audit.replay import constraints, parser
from gate.audit.replay.conditions import demands
from gate.audit.replay.noting import change, new_column, new_table, words
from gate.audit.replay.state import State

KINDS = {
    "CONSTR_PRIMARY": "primary",
    "CONSTR_UNIQUE": "unique",
    "CONSTR_FOREIGN": "foreign",
    "CONSTR_CHECK": "check",
    "CONSTR_EXCLUSION": "exclusion",
}
# Postgres's own functions whose value is new for every row, so that a default which calls them rewrites the table.
VOLATILE = {
    "gen_random_uuid",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
    "gen_random_bytes",
    "random",
    "clock_timestamp",
    "timeofday",
    "nextval",
    "txid_current",
    "pg_current_xact_id",
}


def commands(state: State, tree: Any) -> Iterator[Change]:
    """The changes of an ALTER TABLE; ALTER VIEW and ALTER INDEX come as one too."""
    name = state.found(tree.relation)
    table = state.catalog.tables.get(name)
    release = state.catalog.release
    assert release
    if name in state.catalog.views:
        yield change(state, "alter view", name)
        return
    temporary = not tree.relation.schemaname and tree.relation.relname in release.temporary
    if temporary or parser.enum(tree, "objtype") != "OBJECT_TABLE" or (table is None and tree.missing_ok):
        return
    for command in map(parser.unwrap, tree.cmds):
        handler = COMMANDS.get(parser.enum(command, "subtype"))
        if handler:
            yield from handler(state, (name, table), command)


Target = tuple[Name, Table | None]


def _part(state: State, target: Target, column: str) -> bool:
    return target[1] is not None and new_column(state, target[1], column)


def _add_column(state: State, target: Target, command: Any) -> Iterator[Change]:
    name, table = target
    definition = parser.unwrap(getattr(command, "def"))
    if table is not None and definition.colname in table.columns:
        return
    kinds = {parser.enum(one, "contype") for one in map(parser.unwrap, definition.constraints)}
    defaults = [one.raw_expr for one in map(parser.unwrap, definition.constraints) if _is_default(one)]
    kind = parser.type_text(definition.type_name)
    given = any(not parser.is_null(one) for one in defaults)
    said = {KINDS[one]: True for one in kinds if one in KINDS}
    said |= {
        "not null": bool(kinds & {"CONSTR_NOTNULL", "CONSTR_PRIMARY"}),
        "default": given,
        "volatile": any(volatile(state, one) for one in defaults),
        "serial": kind in parser.SERIALS,
        "identity": "CONSTR_IDENTITY" in kinds,
        "generated": any(
            parser.enum(one, "contype") == "CONSTR_GENERATED" and one.generated_kind != "v"
            for one in map(parser.unwrap, definition.constraints)
        ),
        "virtual": "CONSTR_GENERATED" in kinds,
        "domain": _checked_domain(state, definition.type_name),
    }
    keys = [one for one in map(parser.unwrap, definition.constraints) if parser.present(one, "pktable")]
    other = state.found(keys[0].pktable) if keys else None
    yield change(
        state,
        "add column",
        name,
        definition.colname,
        made=new_table(state, table),
        now=kind,
        other=other,
        words=words(**said),
    )


def _checked_domain(state: State, node: Any) -> bool:
    """Whether a type is a domain that demands something, which is tried on every row of a new column."""
    name = state.type_named(parser.strings(node.names))
    found = state.catalog.types.get(name) if name else None
    return found is not None and found.kind == "domain" and (found.not_null or bool(found.checks))


def _is_default(node: Any) -> bool:
    return parser.enum(node, "contype") == "CONSTR_DEFAULT"


def volatile(state: State, node: Any) -> bool:
    """Whether a default has a value of its own for every row."""
    for one in parser.walk(node):
        if parser.kind(one) == "FuncCall":
            called = parser.strings(one.funcname)
            if called[-1] in VOLATILE and called[:-1] in {(), ("pg_catalog",), ("extensions",), ("public",)}:
                return True
            if any(
                function.name.name == called[-1] and function.volatility == "volatile" and function.body
                for function in state.catalog.functions.values()
            ):
                return True
    return False


def _drop_column(state: State, target: Target, command: Any) -> Iterator[Change]:
    name, table = target
    if table is not None and command.name not in table.columns and command.missing_ok:
        return
    yield change(state, "drop column", name, command.name, made=_part(state, target, command.name))


def _type(state: State, target: Target, command: Any) -> Iterator[Change]:
    name, table = target
    definition = parser.unwrap(getattr(command, "def"))
    column = table.columns.get(command.name) if table else None
    kind = cols.resolved_type(state, definition.type_name)
    size = [word for one in definition.type_name.typmods if (word := parser.literal(one)) is not None]
    yield change(
        state,
        "alter type",
        name,
        command.name,
        made=_part(state, target, command.name),
        was=column.full_type if column else "",
        now=f"{kind}({', '.join(size)})" if size else kind,
        words=words(using=parser.present(definition, "raw_default")),
    )


def _set_not_null(state: State, target: Target, command: Any) -> Iterator[Change]:
    name, table = target
    column = table.columns.get(command.name) if table else None
    if column is not None and column.not_null:
        return
    checks = [one for one in table.constraints.values() if one.kind == "check"] if table else []
    proved = any(_not_null_of(one.node, command.name) for one in checks if one.valid)
    yield change(
        state,
        "set not null",
        name,
        command.name,
        made=_part(state, target, command.name),
        words=words(proved=proved),
    )


def _not_null_of(node: Any, column: str) -> bool:
    """Whether a CHECK demands that the column be not null."""
    for demand in map(parser.unwrap, demands(node)):
        if parser.kind(demand) == "NullTest" and parser.enum(demand, "nulltesttype") == "IS_NOT_NULL":
            tested = parser.unwrap(demand.arg)
            if parser.kind(tested) == "ColumnRef" and parser.strings(tested.fields)[-1:] == (column,):
                return True
    return False


def _column(act: str) -> Callable[[State, Target, Any], Iterator[Change]]:
    def noted(state: State, target: Target, command: Any) -> Iterator[Change]:
        yield change(state, act, target[0], command.name, made=_part(state, target, command.name))

    return noted


def _drop_not_null(state: State, target: Target, command: Any) -> Iterator[Change]:
    column = target[1].columns.get(command.name) if target[1] else None
    if column is None or column.not_null:
        yield change(state, "drop not null", target[0], command.name, made=_part(state, target, command.name))


def _default(state: State, target: Target, command: Any) -> Iterator[Change]:
    column = target[1].columns.get(command.name) if target[1] else None
    dropped = not parser.is_message(parser.unwrap(getattr(command, "def")))
    required = column is not None and column.not_null
    yield change(
        state,
        "drop default" if dropped else "set default",
        target[0],
        command.name,
        made=_part(state, target, command.name),
        words=words(required=required),
    )


def _add_constraint(state: State, target: Target, command: Any) -> Iterator[Change]:
    name, table = target
    node = parser.unwrap(getattr(command, "def"))
    kind = KINDS.get(parser.enum(node, "contype"))
    if kind is None:
        return
    columns = parser.strings(node.fk_attrs) if kind == "foreign" else parser.strings(node.keys)
    known = table is not None and kind != "exclusion" and not node.indexname
    made = constraints.named(state, table, node, columns) if known and table else node.conname or node.indexname
    columns = columns or checked(node.raw_expr)
    fresh = bool(columns) and all(_part(state, target, one) for one in columns)
    yield change(
        state,
        "add constraint",
        name,
        made,
        made=new_table(state, table),
        columns=columns,
        other=state.found(node.pktable) if kind == "foreign" else None,
        now=parser.expression(node.raw_expr),
        now_node=node.raw_expr if kind == "check" else None,
        words=words(
            **{kind: True, "not valid": node.skip_validation, "using index": bool(node.indexname), "new columns": fresh}
        ),
    )


def checked(node: Any) -> tuple[str, ...]:
    """The columns that a CHECK reads."""
    found = {
        parser.strings(one.fields)[-1]
        for one in parser.walk(node)
        if parser.kind(one) == "ColumnRef" and parser.strings(one.fields)
    }
    return tuple(sorted(found))


def _drop_constraint(state: State, target: Target, command: Any) -> Iterator[Change]:
    name, table = target
    made = table.constraints.get(command.name) if table else None
    if (made is None and table is not None) or (table is None and command.missing_ok):
        return
    release = state.catalog.release
    before = release.tables.get(id(table)) if release and table else None
    node = made.node if made else None
    columns: tuple[str, ...] = ()
    if table is not None:
        index = state.catalog.indexes.get(Name(name.schema, command.name))
        key = next((one for one in table.foreign_keys if one.name == command.name), None)
        columns = index.columns if index else key.columns if key else checked(node)
    yield change(
        state,
        "drop constraint",
        name,
        command.name,
        made=table is not None and (before is None or command.name not in before.constraints),
        columns=columns,
        was=parser.expression(node),
        was_node=node,
        words=words(**{made.kind if made else "constraint": True}),
    )


def _validate(state: State, target: Target, command: Any) -> Iterator[Change]:
    name, table = target
    made = table.constraints.get(command.name) if table else None
    kind = made.kind if made else ""
    other = next((key.target for key in table.foreign_keys if key.name == command.name), None) if table else None
    yield change(
        state,
        "validate constraint",
        name,
        command.name,
        made=new_table(state, table),
        other=other,
        words=words(**{kind: bool(kind)}),
    )


def _detach(state: State, target: Target, command: Any) -> Iterator[Change]:
    """The child is what goes on by itself."""
    definition = parser.unwrap(getattr(command, "def"))
    inherited = parser.enum(command, "subtype") == "AT_DropInherit"
    child, parent = (target[0], state.found(definition)) if inherited else (state.found(definition.name), target[0])
    table = state.catalog.tables.get(child)
    said = words(concurrently=not inherited and definition.concurrent)
    yield change(state, "detach", child, made=new_table(state, table), other=parent, words=said)


def _identity(state: State, target: Target, command: Any) -> Iterator[Change]:
    options = {one.defname for one in map(parser.unwrap, parser.items(getattr(command, "def")))}
    if parser.enum(command, "subtype") != "AT_SetIdentity" or "restart" in options:
        yield change(state, "change identity", target[0], command.name, made=_part(state, target, command.name))


def _whole(act: str) -> Callable[[State, Target, Any], Iterator[Change]]:
    def noted(state: State, target: Target, command: Any) -> Iterator[Change]:
        yield change(state, act, target[0], command.name, made=new_table(state, target[1]))

    return noted


def _replica(state: State, target: Target, command: Any) -> Iterator[Change]:
    kind = parser.unwrap(getattr(command, "def")).identity_type
    yield change(state, "replica identity", target[0], made=new_table(state, target[1]), now=kind)


COMMANDS: MappingProxyType[str, Callable[[State, Target, Any], Iterator[Change]]] = MappingProxyType(
    {
        "AT_AddColumn": _add_column,
        "AT_DropColumn": _drop_column,
        "AT_AlterColumnType": _type,
        "AT_SetNotNull": _set_not_null,
        "AT_DropNotNull": _drop_not_null,
        "AT_ColumnDefault": _default,
        "AT_AddConstraint": _add_constraint,
        "AT_DropConstraint": _drop_constraint,
        "AT_ValidateConstraint": _validate,
        "AT_DetachPartition": _detach,
        "AT_DropInherit": _detach,
        "AT_DropExpression": _column("change generated"),
        "AT_SetExpression": _column("change generated"),
        "AT_SetIdentity": _identity,
        "AT_DropIdentity": _identity,
        "AT_DisableTrig": _whole("disable trigger"),
        "AT_DisableTrigAll": _whole("disable trigger"),
        "AT_DisableTrigUser": _whole("disable trigger"),
        "AT_DisableRowSecurity": _whole("disable rls"),
        "AT_NoForceRowSecurity": _whole("no force rls"),
        "AT_SetLogged": _whole("rewrite table"),
        "AT_SetUnLogged": _whole("rewrite table"),
        "AT_SetTableSpace": _whole("rewrite table"),
        "AT_SetAccessMethod": _whole("rewrite table"),
        "AT_ReplicaIdentity": _replica,
    }
)
