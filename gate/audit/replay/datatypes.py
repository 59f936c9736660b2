"""CREATE TYPE and CREATE DOMAIN, and how they are altered."""

from typing import Any

from gate.audit.catalog import Name, Type
from gate.audit.replay import columns, owners, parser, references
from gate.audit.replay.naming import made_up
from gate.audit.replay.platform import born_with
from gate.audit.replay.state import State


def create(state: State, tree: Any) -> None:
    """CREATE TYPE in its forms, and CREATE DOMAIN."""
    match parser.kind(tree):
        case "CompositeTypeStmt":
            made = _new(state, state.made(tree.typevar), "composite")
            for node in map(parser.unwrap, tree.coldeflist):
                columns.known(state, node.type_name)
                made.attributes[node.colname] = columns.resolved_type(state, node.type_name)
        case "CreateDomainStmt":
            made = _domain(state, tree)
        case "CreateEnumStmt":
            made = _new(state, state.made_as(parser.strings(tree.type_name)), "enum")
            made.labels = list(parser.strings(tree.vals))
            if len(set(made.labels)) < len(made.labels):
                state.refuse(f"type {made.name} has a label twice")
        case "CreateRangeStmt":
            made = _new(state, state.made_as(parser.strings(tree.type_name)), "range")
        case _:
            made = _new(state, state.made_as(parser.strings(tree.defnames)), "base")
    state.catalog.types[made.name] = made


def _new(state: State, name: Name, kind: str) -> Type:
    if columns.type_taken(state, name) or (kind == "composite" and columns.taken(state, name)):
        state.refuse(f"type {name} exists already")
    owners.may_create(state, name.schema)
    return Type(
        name, state.place, kind=kind, acl=born_with(state.catalog, name.schema, "types", state.role), owner=state.role
    )


def _domain(state: State, tree: Any) -> Type:
    made = _new(state, state.made_as(parser.strings(tree.domainname)), "domain")
    made.base = columns.resolved_type(state, tree.type_name)
    columns.known(state, tree.type_name)
    for node in map(parser.unwrap, tree.constraints):
        _constraint(state, made, node)
    return made


def _constraint(state: State, made: Type, node: Any) -> None:
    match parser.enum(node, "contype"):
        case "CONSTR_NOTNULL":
            made.not_null = True
        case "CONSTR_NULL":
            made.not_null = False
        case "CONSTR_DEFAULT":
            made.default = parser.expression(node.raw_expr)
        case "CONSTR_CHECK":
            condition = parser.copied(node.raw_expr)
            references.qualify(state, condition)
            name = node.conname or made_up(made.name.name, "", "check", lambda name: name in made.checks)
            if name in made.checks:
                state.refuse(f"constraint {name!r} of {made.name} exists already")
            made.checks[name] = parser.expression(condition)


def alter_domain(state: State, tree: Any) -> None:
    """ALTER DOMAIN: T default, N and O for NOT NULL, C and X for constraints."""
    parts = parser.strings(tree.type_name)
    name = state.type_named(parts)
    if name is None:
        state.missing(f"domain {parts[-1]} was never created")
    found = state.catalog.types[name]
    if found.kind != "domain":
        state.refuse(f"{name} is no domain")
    owners.must_own(state, str(name), found.owner)
    match tree.subtype:
        case "T":
            found.default = parser.expression(getattr(tree, "def")) if parser.present(tree, "def") else ""
        case "N" | "O":
            found.not_null = tree.subtype == "O"
        case "C":
            _constraint(state, found, parser.unwrap(getattr(tree, "def")))
        case "X":
            if found.checks.pop(tree.name, None) is None and not tree.missing_ok:
                state.missing(f"constraint {tree.name!r} of {name} was never created")


def alter_enum(state: State, tree: Any) -> None:
    """ALTER TYPE ... ADD VALUE and RENAME VALUE."""
    parts = parser.strings(tree.type_name)
    name = state.type_named(parts)
    if name is None:
        state.missing(f"type {parts[-1]} was never created")
    if state.catalog.types[name].kind != "enum":
        state.refuse(f"{name} is no enum")
    labels = state.catalog.types[name].labels
    if tree.old_val:
        if tree.old_val not in labels or tree.new_val in labels:
            state.missing(f"{name} has no label {tree.old_val!r}, or has {tree.new_val!r} already")
        labels[labels.index(tree.old_val)] = tree.new_val
        return
    if tree.new_val in labels:
        if not tree.skip_if_new_val_exists:
            state.refuse(f"{name} has the label {tree.new_val!r} already")
        return
    if tree.new_val_neighbor and tree.new_val_neighbor not in labels:
        state.missing(f"{name} has no label {tree.new_val_neighbor!r}")
    at = labels.index(tree.new_val_neighbor) + tree.new_val_is_after if tree.new_val_neighbor else len(labels)
    labels.insert(at, tree.new_val)
