"""What was tried and what came of it: the subjects that the rules judge."""

from dataclasses import dataclass
from typing import Literal

from gate.config import Regime
from gate.finding import Span, Target
from gate.rls.ownership import Owner

Actor = Literal["anon", "A", "B"]
Verb = Literal[
    "select",
    "insert",
    "update",
    "delete",
    "give away",
    "raise",
    "start with",
    "take",
    "upsert",
    "attach",
    "move under",
    "probe",
    "call to read",
    "call to change",
    "call to raise",
    "join",
    "promote",
    "come back",
    "reach",
    "oust",
    "book",
    "read",
    "upload",
    "overwrite",
    "move",
    "remove",
    "upload over",
    "move in",
    "listen",
    "broadcast",
    "weaken",
]
# `let through` is a proven leak. `recursion`: the policies call themselves. `nothing`: what came back proves neither.
Answer = Literal["let through", "refused", "recursion", "nothing"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that somebody tried on a table, view, function or bucket, and what came of it.

    `owner` is None for rows that belong to nobody. `detail` names the column of a raise or a gift, or
    says what could be done as well; of a call it is the table whose rows were read or changed, in those `columns`;
    of a tenant it is the table that opened. `already` says that
    another attempt has said the same, so that nothing new is learnt. `forged` says that it takes what A wrote into the own
    `user_metadata`. `published` says that Realtime sends what changes in the table. `reproducer` is SQL that shows a leak; it has been run.
    `cause` is what let it through, a policy or a table without row security, where that can be named; `place` is then its own.
    `shown` says that by the looks of the migrations strangers are meant to see the rows.
    """

    relation: str
    kind: str
    place: Span | None
    regime: Regime
    actor: Actor
    verb: Verb
    answer: Answer
    owner: Owner | None
    public: bool = False
    detail: str = ""
    columns: tuple[str, ...] = ()
    already: bool = False
    forged: bool = False
    published: bool = False
    reproducer: str | None = None
    cause: str = ""
    shown: bool = False

    @property
    def target(self) -> Target:
        """Where a leak is to be mended: what let it through, or what it was made on."""
        return Target(self.cause or self.relation, self.place)

    @property
    def leak(self) -> bool:
        """Whether it was let through and says something new."""
        return self.answer == "let through" and not self.already

    @property
    def who(self) -> str:
        """The attacker in a sentence."""
        if self.forged:
            return "any signed-in user, by what the own user_metadata says,"
        return {"anon": "anyone, without signing in,", "A": "any signed-in user", "B": "the owner"}[self.actor]

    @property
    def grants(self) -> str:
        """Said behind a message where the leak needs the platform's automatic grants.

        The explicit regime is tried first, and of two like findings the first is kept.
        """
        return " (with the automatic grants)" if self.regime == "auto" else ""
