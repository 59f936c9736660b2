"""What shows in views that run with their owner's rights, and what can be written through them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from gate.rls.attack import Attack, folded
from gate.rls.attempt import Answer, Attempt
from gate.rls.ownership import Owner
from gate.rls.schema import Relation
from gate.rls.server_says import Said
from gate.rls.statements import delete, exists, insert, select, update, where
from gate.rls.trials import ACTORS, Trial, fresh
from gate.rls.values import B
from gate.rls.views import Shown, columns_of, look

CAN_UPDATE, CAN_INSERT, CAN_DELETE = 4, 8, 16  # bits of pg_relation_is_updatable


def attack_views(attack: Attack) -> Iterator[Attempt]:
    """Whether B's rows show in any view, and can be changed through it."""
    views = [r for r in attack.relations.values() if r.exposed and r.kind in "vm"]
    private = {name: owner for name, owner in attack.owned.items() if name not in attack.config.public_tables}
    for shown in look(attack.admin, views, attack.seeds, private, attack.relations) if views else ():
        yield from _view(attack, shown, [name for name in shown.view.below if name in private])
    for view in views:
        yield from _added(attack, view, private)


def _added(attack: Attack, view: Relation, private: Mapping[str, Owner]) -> Iterator[Attempt]:
    """Rows in B's name added through a view that is written with its owner's rights: what it shows limits nobody."""
    table = attack.relations[view.below[0]] if len(view.below) == 1 else None
    owner = private.get(table.full_name) if table else None
    if table is None or owner is None or view.invoker or not view.updatable & CAN_INSERT:
        return
    if (table.full_name, B) not in attack.seeds.stored or view.column(owner.column) is None:
        return
    whole = fresh(table, attack.seeds, owner, attack.config, B)
    row = {name: value for name, value in whole.items() if view.column(name)}
    theirs = where(table, row, [owner.column])
    if theirs is None:
        return
    for actor in ACTORS:
        trial = Trial(actor, "insert", insert(view, row), exists(table, theirs), without=(table.full_name, B))
        attempt = attack.attempt(view, trial, attack.ask(view, trial), attack.needed([table.full_name]), owner)
        known = (table.full_name, "insert", "", actor) in attack.open
        yield replace(attempt, already=attempt.already or known)


def _view(attack: Attack, shown: Shown, private: list[str]) -> Iterator[Attempt]:
    view = shown.view
    if shown.looker is None:
        if shown.problem:
            attack.unjudged.append((view.full_name, f"cannot be judged ({shown.problem})"))
        elif private and not shown.theirs:
            attack.unjudged.append((view.full_name, "shows no row that is one user's alone, whoever looks"))
        return
    if shown.problem:
        attack.nothing(view, f"select by {shown.looker}: {shown.problem}")
    consequence = view.invoker and any((t, "select", "", shown.looker) in attack.open for t in private)
    author = bool(private) and all(attack.owned[name].author for name in private)
    reason = f"shows rows of {', '.join(private)}" if private else "shows rows that go with B's"
    owner = Owner("", reason, author=author)
    columns = ", ".join(column.sql for column in columns_of(view, shown.looker))
    answer: Answer = "let through" if shown.theirs and not consequence else "refused"
    trial = Trial(shown.looker, "select", select(view, shown.condition, columns))
    needed = attack.needed(list(view.below))
    yield attack.attempt(view, trial, Said(answer, sum(shown.theirs.values()), ""), needed, owner)
    if answer == "let through":
        yield from folded(
            [attack.attempt(view, through, attack.ask(view, through), needed, owner) for through in _through(shown)]
        )


def _through(shown: Shown) -> Iterator[Trial]:
    """Writing through a view: it may run with its owner's rights."""
    view, actor, condition = shown.view, shown.looker, shown.condition
    column = next((c for c in columns_of(view, actor) if not c.given), None)
    if condition is None or actor is None:
        return
    if view.updatable & CAN_UPDATE and column:
        yield Trial(actor, "update", update(view, {column.name: shown.row[column.name]}, condition))
    if view.updatable & CAN_DELETE:
        yield Trial(actor, "delete", delete(view, condition))
