"""What a policy, view, trigger or function reaches: functions and relations, with whose rights, and who looked at the caller.

For the columns that a view hands on, see `gate.audit.replay.flows`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from gate.audit.catalog import Catalog, Function, Name, Policy, Trigger, View
from gate.audit.meaning import asks_caller, plain
from gate.audit.replay import parser
from gate.audit.replay.bodies import mentioned

CALLER = ""  # as rights: those of whoever asks
DEEP = 20  # steps that are followed


@dataclass(frozen=True, slots=True)
class Reached:
    """One function, table or view on the way, and how it is reached.

    `rights` is the role whose rights count there, CALLER for those of whoever asks. `checked` says whether the caller is
    looked at on the way, what is reached included. `through` are the functions and views that lead to it.
    """

    kind: Literal["function", "table", "view"]
    name: Name
    rights: str
    checked: bool
    through: tuple[str, ...]

    @property
    def borrowed(self) -> bool:
        """Whether it is reached with the rights of somebody other than the caller."""
        return self.rights != CALLER


@dataclass(frozen=True, slots=True)
class _Way:
    rights: str = CALLER
    checked: bool = False
    through: tuple[str, ...] = ()


def reached(catalog: Catalog, start: Policy | View | Trigger | Function) -> tuple[Reached, ...]:
    """Everything that the start reaches, nearest first; each thing once for each pair of rights and `checked`.

    A policy runs with the rights of whoever asks, a function with its owner's if it is SECURITY DEFINER, a view with its
    owner's unless it says security_invoker. What EXECUTE builds at run time is not followed.
    """
    found: dict[tuple[object, ...], Reached] = {}
    for one in _from(catalog, start):
        found.setdefault((one.kind, one.name, one.rights, one.checked), one)
    return tuple(found.values())


def _from(catalog: Catalog, start: Policy | View | Trigger | Function) -> Iterator[Reached]:
    match start:
        case Policy():
            way = _Way(checked=asks_caller(f"{start.using} {start.check}"))
            yield from _follow(catalog, (start.relations, start.calls), way)
        case View():
            yield from _in_view(catalog, start, _Way())
        case Trigger():
            yield from _follow(catalog, ((), (start.function,)), _Way())
        case Function():
            yield from _in_function(catalog, start, _Way())


def _follow(catalog: Catalog, named: tuple[Iterable[Name], Iterable[Name]], way: _Way) -> Iterator[Reached]:
    """What is named directly, then what that leads to."""
    relations, calls = named
    views = []
    for name in sorted(relations):
        view = catalog.views.get(name)
        if view or name in catalog.tables:
            yield Reached("view" if view else "table", name, way.rights, way.checked, way.through)
        if view:
            views.append(view)
    functions = [one for name in sorted(calls) for one in catalog.functions.named(name)]
    for function in functions:
        checked = way.checked or asks_caller(plain(function.body))
        yield Reached("function", function.name, way.rights, checked, way.through)
    for view in views:
        if str(view.name) not in way.through and len(way.through) < DEEP:
            yield from _in_view(catalog, view, way)
    for function in functions:
        if function.signature not in way.through and len(way.through) < DEEP:
            yield from _in_function(catalog, function, way)


def _in_view(catalog: Catalog, view: View, way: _Way) -> Iterator[Reached]:
    inside = replace(
        way,
        rights=way.rights if view.invoker and not view.materialized else view.owner,
        checked=way.checked or asks_caller(parser.statement_text(view.query)),
        through=(*way.through, str(view.name)),
    )
    yield from _follow(catalog, (view.sources, view.calls), inside)


def _in_function(catalog: Catalog, function: Function, way: _Way) -> Iterator[Reached]:
    inside = replace(
        way,
        rights=function.owner if function.definer else way.rights,
        checked=way.checked or asks_caller(plain(function.body)),
        through=(*way.through, function.signature),
    )
    yield from _follow(catalog, mentioned(catalog, function), inside)
