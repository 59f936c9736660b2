"""Functions that a REVOKE EXECUTE was meant to close and that are open still."""

from gate.audit.catalog import PUBLIC, Acl, Catalog, Widening


def left_open(catalog: Catalog) -> dict[str, Widening]:
    """The last REVOKE that takes nothing, for the signature of each definer function that it leaves open."""
    functions = {one.signature: one for one in catalog.functions.values() if one.definer and one.returns != "trigger"}
    found: dict[str, Widening] = {}
    for one in reversed(catalog.revokes):
        function = functions.get(one.object)
        if function is not None and one.object not in found and _still_open(one, function.acl):
            found[one.object] = one
    return dict(reversed(found.items()))


def _still_open(one: Widening, acl: Acl) -> bool:
    """Whether the role holds it by default still; a GRANT that names it, or somebody it includes, is no oversight."""
    meant = {one.still_through, "anon", PUBLIC} & acl.named
    return "EXECUTE" in acl.grants.get(one.still_through, ()) and not meant
