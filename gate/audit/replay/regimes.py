"""From a catalog of the regime that grants by default to that of the explicit one: only grants differ, so nothing is replayed."""

from dataclasses import replace
from typing import TypeVar

from gate.audit.catalog import Catalog, Function, Functions, Schema, Sequence, Table, Type, View

Key = TypeVar("Key")
Made = TypeVar("Made", Schema, Table, View, Function, Sequence, Type)


def explicit(catalog: Catalog) -> Catalog | None:
    """The same history in the explicit regime; None where a grant decided what a statement did, so that it must be replayed.

    Both catalogs are complete and have in common what no grant speaks of.
    """
    if catalog.torn or catalog.release is not None:
        return None
    functions = Functions()
    for key, function in _unlent(catalog.functions).items():
        functions[key] = function
    return replace(
        catalog,
        regime="explicit",
        schemas=_unlent(catalog.schemas),
        tables=_unlent(catalog.tables),
        views=_unlent(catalog.views),
        functions=functions,
        sequences=_unlent(catalog.sequences),
        types=_unlent(catalog.types),
        defaults={key: acl.unlent() for key, acl in catalog.defaults.items()},
        revokes=[one for one in catalog.revokes if not one.lent],
        answers={},
    )


def _unlent(held: dict[Key, Made]) -> dict[Key, Made]:
    return {key: replace(one, acl=one.acl.unlent()) if one.acl.lent else one for key, one in held.items()}
