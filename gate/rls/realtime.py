"""Private channels of Realtime: whether a stranger may listen in on B's topic, or speak there.

When a user joins a private channel, Realtime asks the policies of `realtime.messages`, as the caller and with the topic set,
whether the caller may read a message there, and whether write one. How topics are named only the app knows; so B's are made
of the words that the policies name and of B's ids. A topic that B may not join itself is nobody's, and proves nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gate.rls.actors import opening
from gate.rls.attack import PATIENCE, Attack
from gate.rls.attempt import Actor, Attempt, Verb
from gate.rls.catalogue import PLATFORM
from gate.rls.ownership import Owner
from gate.rls.rows import Seeds
from gate.rls.server_says import Said, ask
from gate.rls.statements import literal
from gate.rls.trials import ACTORS, Trial
from gate.rls.values import B

POLICIES = """
select coalesce(pg_get_expr(polqual, polrelid), '') || ' ' || coalesce(pg_get_expr(polwithcheck, polrelid), '')
from pg_policy where polrelid = to_regclass('realtime.messages')
"""
FUNCTIONS = """
select p.proname, p.prosrc from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
where n.nspname !~ '^pg_' and n.nspname <> all(%s)
"""
WORD = re.compile(r"'([\w:/#.%-]+)'")
MOST = 24  # topics tried
NOBODYS = "gate-nobody"  # a topic that nothing leads to
MEMBER = Owner("topic", "named after its owner, who may join it")
VERBS: tuple[Verb, ...] = ("listen", "broadcast")


@dataclass(frozen=True, slots=True)
class Channels:
    """All private channels: the same policies guard them."""

    full_name: str = "realtime.messages"
    schema: str = "realtime"
    kind: str = "channel"
    sql: str = "realtime.messages"
    before: frozenset[str] = frozenset()


def attack_channels(attack: Attack) -> Iterator[Attempt]:
    """Every attempt on the channels, where policies let anybody in at all."""
    policies = " ".join(text for (text,) in attack.admin.execute(POLICIES))
    called = attack.admin.execute(FUNCTIONS, [list(PLATFORM)]) if policies else ()
    policies += " ".join(source for name, source in called if re.search(rf"\b{re.escape(name)}\b", policies))
    for verb in VERBS if policies else ():
        named = list(topics(policies, attack.seeds))[:MOST]
        theirs = [topic for topic in named if _ask(attack, trial("B", verb, topic)).answer == "let through"]
        for actor in ACTORS if theirs else ():
            yield _tried(attack, actor, verb, theirs)


def _tried(attack: Attack, actor: Actor, verb: Verb, theirs: Sequence[str]) -> Attempt:
    """The first of B's topics that lets the actor in, or a refusal. Where any topic does, the policy never asked for it."""
    asked_for = _ask(attack, trial(actor, verb, NOBODYS)).answer != "let through"
    for topic in theirs if asked_for else ():
        one = trial(actor, verb, topic)
        said = _ask(attack, one)
        if said.answer == "let through":
            return attack.attempt(Channels(), one, said, set(attack.seeds.lines), MEMBER)
    return attack.attempt(Channels(), trial(actor, verb, theirs[0]), Said("refused", 0, ""), set(), MEMBER)


def topics(policies: str, seeds: Seeds) -> Iterator[str]:
    """Topics of B's: its ids alone, behind the words that the policies name, and what its rows in their tables say.

    The text of `policies` includes the functions that they call.
    """
    named = {name: row for (name, user), row in seeds.stored.items() if user == B and name.split(".")[-1] in policies}
    ids = [B, *(value for row in named.values() for key, value in row.items() if key == "id" and value)]
    words = [word.rstrip("%") for word in WORD.findall(policies) if word not in {"broadcast", "presence", ":"}]
    found = [*ids, *(value for row in named.values() for value in row.values() if value)]
    found[1:1] = [f"{word}{mark}{one}" for one in ids for word in words for mark in ("", ":") if word[-1:] != mark]
    yield from dict.fromkeys(found)


def trial(actor: Actor, verb: Verb, topic: str) -> Trial:
    """What Realtime asks when a user joins."""
    row = f"({literal(topic)}, {{}}, 'gate', '{{{{}}}}', true)"
    into = "insert into realtime.messages (topic, extension, event, payload, private) values "
    kinds = ("'broadcast'", "'presence'")
    planted = f"{into}{', '.join(row.format(kind) for kind in kinds)};" if verb == "listen" else ""
    named = f"select pg_catalog.set_config('realtime.topic', {literal(topic)}, true);"
    statement = (
        f"select * from realtime.messages where topic = {literal(topic)}"  # noqa: S608 - quoted
        if verb == "listen"
        else into + row.format(kinds[0])
    )
    return Trial(actor, verb, statement, planted=tuple(filter(None, [planted, named])))


def _ask(attack: Attack, one: Trial) -> Said:
    """Try it on the API's login, among the planted rows and with a message of its own, which no policy looks at."""
    if one.verb == "listen":
        attack.admin.execute(one.planted[0].encode())
    start = opening(one.actor, "realtime", attack.seeds.metadata, attack.seeds.claims)
    return ask(
        attack.api,
        "\n".join(["begin;", PATIENCE, one.planted[-1], *start, f"{one.statement};", "rollback;"]),
        one.verb,
        result=-2,
    )
