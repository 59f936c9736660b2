"""Every function called by everybody who may, and each leak made again from its own reproducer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import psycopg

from gate.rls.actors import role
from gate.rls.arguments import Call, Values
from gate.rls.attack import Attack
from gate.rls.attempt import Actor, Answer, Attempt, Verb
from gate.rls.calling import Caller, Effect
from gate.rls.functions import Function
from gate.rls.ownership import USERS, Owner
from gate.rls.server_says import Said
from gate.rls.trials import ACTORS
from gate.rls.values import B

USERS_OWNER = Owner("id", "the platform's table of users")
# What says nothing new where the table itself lets as much through.
SAME: dict[Verb, tuple[Verb, ...]] = {
    "call to read": ("select",),
    "call to change": ("update", "delete"),
    "call to raise": ("raise",),
}


def marked_caller(attack: Attack) -> Caller:
    """Who calls, among rows by which B's are told."""
    tables = {relation.oid: relation for relation in attack.relations.values() if relation.is_table}
    caller = Caller(attack.admin, tables, attack.seeds, attack.owned, attack.config)
    caller.mark()
    return caller


def call_all(
    attack: Attack, caller: Caller, functions: Sequence[Function], before_each: Callable[[], None]
) -> Iterator[Attempt]:
    """What came of calling each function, one attempt per actor at least; what could not be called is noted."""
    values = Values(attack.seeds, caller.tables.values())
    for function in functions:
        before_each()
        if function.uncallable:
            attack.nothing(function, f"not called: it {function.uncallable}")
        else:
            yield from _call(attack, caller, values, function)


def _call(attack: Attack, caller: Caller, values: Values, function: Function) -> Iterator[Attempt]:
    """One function by every actor. A call that fails has been refused, if B can make it where A cannot."""
    ran = False
    fault: psycopg.Error | None = None
    leaks: dict[Verb, str] = {}
    for actor in ACTORS:
        if role(actor) not in function.callers:
            continue
        silent, known = True, None
        for call in values.calls(function, actor):
            try:
                effects = list(caller.make(function, call))
            except psycopg.errors.QueryCanceled:
                attack.nothing(function, f"called by {actor}: takes longer than it may")
                return
            except psycopg.errors.InsufficientPrivilege:
                ran = True
                continue
            except psycopg.Error as failed:
                if caller.db.closed:
                    raise
                fault = failed
                continue
            ran = True
            for effect in effects:
                verb = effect.trial.verb
                if _told(effect, leaks):
                    known = verb
                    continue
                if any((effect.table, same, "", actor) in attack.open for same in SAME[verb]):
                    continue
                attempt = _again(attack, function, effect)
                silent = False
                if attempt.answer == "let through":
                    leaks[verb] = effect.table
                yield attempt
        if silent and known:  # what another actor does as well is told once
            yield replace(_attempt(attack, function, actor, known, "let through"), already=True)
        elif silent:
            yield _attempt(attack, function, actor, "call to read", "refused")
    if fault is not None and not ran:
        _control(attack, caller, values.call(function, "B", B, 1), function, fault)


def _told(effect: Effect, leaks: Mapping[Verb, str]) -> bool:
    """Whether what was shown of the function says this as well: whoever changes a row may raise it, and has it handed back."""
    verb, changed = effect.trial.verb, leaks.get("call to change")
    return verb in leaks or (verb == "call to raise" and changed is not None) or changed == effect.table


def _control(attack: Attack, caller: Caller, own: Call, function: Function, fault: psycopg.Error) -> None:
    """Let B call it with the own ids: a function that fails for everybody has not been judged."""
    try:
        list(caller.make(function, own))
    except psycopg.Error:
        if caller.db.closed:
            raise
        attack.nothing(function, f"fails whoever calls it ({fault.sqlstate}: {fault.diag.message_primary})")


def _again(attack: Attack, function: Function, effect: Effect) -> Attempt:
    tables = [effect.table, *(name for name, user in attack.seeds.stored if user == B and _gave(attack, name, effect))]
    again = attack.again(function, effect.trial, Said("let through", 1, ""), attack.needed(tables))
    found = _attempt(attack, function, effect.trial.actor, effect.trial.verb, again.answer, effect.table)
    return replace(found, columns=effect.columns, reproducer=again.text, forged=again.forged)


def _gave(attack: Attack, table: str, effect: Effect) -> bool:
    """Whether the call names a row of the table."""
    stored = attack.seeds.stored[table, B]
    relation = attack.relations.get(table)
    return relation is not None and any(
        (value := stored.get(name)) and f"'{value}'" in effect.trial.statement for name in relation.primary_key
    )


def _attempt(attack: Attack, function: Function, actor: Actor, verb: Verb, answer: Answer, table: str = "") -> Attempt:
    owner = USERS_OWNER if table == USERS else attack.owned.get(table)
    place = attack.places.get(f"{function.schema}.{function.name}()")
    return Attempt(
        function.full_name,
        function.kind,
        place,
        attack.regime,
        actor,
        verb,
        answer,
        owner,
        table in attack.config.public_tables,
        table,
    )
