"""Who owns an object, who may act for its owner, and how ownership changes hands."""

from collections.abc import Iterator
from typing import Any

from gate.audit.catalog import PUBLIC, Function, Name, Publication, Schema, Sequence, Table, Type, View
from gate.audit.replay import functions, parser
from gate.audit.replay.state import MIGRATOR, State

Owned = Table | View | Function | Sequence | Type | Schema | Publication


def rights(state: State, role: str) -> set[str]:
    """The roles whose rights a role has at once: itself, and those that it inherits from."""
    found = {role}
    todo = [role]
    while todo:
        known = state.catalog.roles.get(todo.pop())
        for parent, membership in known.member_of.items() if known else ():
            if membership.inherit and parent not in found:
                found.add(parent)
                todo.append(parent)
    return found


def members_up(state: State, role: str) -> set[str]:
    """Every role that a role is a member of, however."""
    found: set[str] = set()
    todo = [role]
    while todo:
        known = state.catalog.roles.get(todo.pop())
        for parent in known.member_of if known else ():
            if parent not in found:
                found.add(parent)
                todo.append(parent)
    return found


def acts_for(state: State, owner: str) -> bool:
    """Whether the current role may do what the owner may."""
    return owner == state.role or owner in rights(state, state.role)


def must_own(state: State, what: str, owner: str) -> None:
    """Refuse a change of something that belongs to somebody else; the platform's own is left to the platform."""
    if owner == state.role or (state.role == MIGRATOR and owner not in _made(state)):
        return
    if not acts_for(state, owner):
        state.refuse(f"{state.role} does not own {what}")


def _made(state: State) -> set[str]:
    """The roles that the migrations made."""
    return {name for name, role in state.catalog.roles.items() if role.place is not None}


def must_hold(state: State, what: str, found: Table | View, privilege: str) -> None:
    """Refuse what the current role has neither by owning the object nor by a grant."""
    if found.owner == state.role or (state.role == MIGRATOR and found.owner not in _made(state)):
        return
    mine = rights(state, state.role)
    if found.owner not in mine and not state.holds(found.acl, (*mine, PUBLIC), privilege):
        state.refuse(f"{state.role} does not hold {privilege} on {what}")


def may_create(state: State, schema: str) -> None:
    """Refuse something new in a schema where the current role may make nothing."""
    if state.role == MIGRATOR:
        return
    home = state.catalog.schemas[schema]
    mine = rights(state, state.role)
    if home.owner not in mine and not state.holds(home.acl, (*mine, PUBLIC), "CREATE"):
        state.refuse(f"{state.role} may make nothing in schema {schema}")


def may_become(state: State, role: str) -> bool:
    """Whether the migrations' role may SET ROLE to another."""
    seen = {MIGRATOR}
    todo = [MIGRATOR]
    while todo:
        known = state.catalog.roles.get(todo.pop())
        for parent, membership in known.member_of.items() if known else ():
            if membership.set and parent not in seen:
                seen.add(parent)
                todo.append(parent)
    return role in seen


def new_owner(state: State, old: str, node: Any, schema: str = "") -> str:
    """The role that OWNER TO names: one that is there, that the current role may become, and that may make things there."""
    name = parser.role(node, state.role)
    if name not in state.catalog.roles:
        state.missing(f"role {name!r} was never created")
    if name != old and name in _made(state) and not may_become(state, name):
        state.refuse(f"{state.role} may not become {name!r}")
    if schema and name != old:
        _may_hold(state, name, schema)
    return name


def table(state: State, found: Table, node: Any) -> None:
    """ALTER TABLE ... OWNER TO: its sequences go along."""
    _hand_over(found, new_owner(state, found.owner, node, found.name.schema))
    for sequence in state.catalog.sequences.values():
        if sequence.column and sequence.column[0] == found.name:
            _hand_over(sequence, found.owner)


def _may_hold(state: State, owner: str, schema: str) -> None:
    """A new owner must be allowed to make things in the schema."""
    if owner not in _made(state):
        return
    home = state.catalog.schemas[schema]
    theirs = rights(state, owner)
    if home.owner not in theirs and not state.holds(home.acl, (*theirs, PUBLIC), "CREATE"):
        state.refuse(f"{owner} may make nothing in schema {schema}")


def _hand_over(found: Owned, owner: str) -> None:
    """The old owner's grants become the new owner's own rights."""
    if not isinstance(found, Publication):
        for held in (found.acl.grants, found.acl.lent, found.acl.options):
            held.pop(owner, None)
    found.owner = owner


def alter(state: State, tree: Any) -> None:
    """ALTER ... OWNER TO of what is no table."""
    for label, found in list(_named(state, tree)):
        must_own(state, label, found.owner)
        schema = "" if isinstance(found, Schema | Publication) else found.name.schema
        owner = new_owner(state, found.owner, tree.newowner, schema)
        if isinstance(found, Publication) and owner != found.owner and owner in _made(state):
            state.refuse(f"{owner} may make nothing in the database")
        _hand_over(found, owner)


def _named(state: State, tree: Any) -> Iterator[tuple[str, Owned]]:
    catalog = state.catalog
    node = parser.unwrap(tree.object)
    match parser.enum(tree, "object_type"):
        case "OBJECT_FUNCTION" | "OBJECT_PROCEDURE" | "OBJECT_ROUTINE" | "OBJECT_AGGREGATE":
            kinds = {"OBJECT_FUNCTION": ("function",), "OBJECT_PROCEDURE": ("procedure",)}
            found = functions.find(state, node, kinds.get(parser.enum(tree, "object_type"), ()))
            if not found and not state.of_an_extension(tuple(parser.strings(node.objname)[:-1]) or state.path):
                state.missing(f"function {'.'.join(parser.strings(node.objname))} was never created")
            yield from ((one.signature, one) for one in found)
        case "OBJECT_SCHEMA":
            if node.sval not in catalog.schemas:
                state.missing(f"schema {node.sval} was never created")
            yield f"schema {node.sval}", catalog.schemas[node.sval]
        case "OBJECT_TYPE" | "OBJECT_DOMAIN":
            name = state.type_named(parser.strings(parser.items(node)))
            if name is None:
                state.missing(f"type {parser.strings(parser.items(node))[-1]} was never created")
            yield str(name), catalog.types[name]
        case "OBJECT_PUBLICATION":
            if node.sval not in catalog.publications:
                state.missing(f"publication {node.sval!r} was never created")
            yield f"publication {node.sval!r}", catalog.publications[node.sval]


def everything(state: State) -> Iterator[tuple[Name | str, Owned]]:
    """Whatever has an owner."""
    catalog = state.catalog
    yield from catalog.schemas.items()
    yield from catalog.tables.items()
    yield from catalog.views.items()
    yield from catalog.sequences.items()
    yield from catalog.types.items()
    yield from ((one.name, one) for one in catalog.functions.values())
    yield from catalog.publications.items()


def reassign(state: State, tree: Any) -> None:
    """REASSIGN OWNED BY: everything that the roles own has another owner, their grants stay."""
    new = parser.role(tree.newrole, state.role)
    for role in (parser.role(node, state.role) for node in tree.roles):
        for name in (role, new):
            if name not in state.catalog.roles:
                state.missing(f"role {name!r} was never created")
            if not acts_for(state, name):
                state.refuse(f"{state.role} may not act for {name!r}")
        for _, found in everything(state):
            if found.owner == role:
                _hand_over(found, new)
