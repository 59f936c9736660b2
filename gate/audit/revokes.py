"""Functions that a REVOKE EXECUTE was meant to close and that are open still."""

from typing import NamedTuple

from gate.audit.catalog import PUBLIC, Acl, Catalog, Function, Widening


class LeftOpen(NamedTuple):
    """The last REVOKE that leaves a function open, and through whom everybody holds it still."""

    function: Function
    revoke: Widening
    holders: tuple[str, ...]


def left_open(catalog: Catalog) -> dict[str, LeftOpen]:
    """The definer functions that a REVOKE leaves open, by their signature."""
    functions = {one.signature: one for one in catalog.functions.values() if one.definer and one.returns != "trigger"}
    found: dict[str, LeftOpen] = {}
    for one in catalog.revokes:
        function = functions.get(one.object)
        if function is not None and _still_open(one, function.acl):
            before = found.get(one.object)
            again = before is not None and before.revoke.place == one.place
            holders = (*before.holders, one.still_through) if before and again else (one.still_through,)
            found[one.object] = LeftOpen(function, one, tuple(dict.fromkeys(holders)))
    return found


def _still_open(one: Widening, acl: Acl) -> bool:
    """Whether the role holds it by default still; a GRANT that names it, or somebody it includes, is no oversight."""
    meant = {one.still_through, "anon", PUBLIC} & acl.named
    return "EXECUTE" in acl.grants.get(one.still_through, ()) and not meant
