"""The attempts: what anon and A try on B's rows, each in a transaction that is rolled back."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import psycopg
from psycopg import sql

from gate.config import Config, Regime
from gate.finding import Span
from gate.postgres import Connection
from gate.rls.ownership import Owner
from gate.rls.schema import Column, Relation
from gate.rls.seeding import A, B, Row, Seeds, draft, insert_statement, name_of

Verb = Literal["select", "insert", "update", "delete", "give away", "raise"]
Answer = Literal["let through", "refused", "recursion", "proves nothing"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that somebody tried on a table, and what came of it.

    `owner` is None for a table without one. `detail` names the column of a raise or a gift. `rows` counts what came back.
    """

    relation: str
    kind: str
    place: Span | None
    regime: Regime
    actor: str
    verb: Verb
    answer: Answer
    rows: int
    owner: Owner | None
    public: bool
    reproducer: str
    detail: str = ""


@dataclass(slots=True)
class Attacker:
    """Tries everything on every relation over one connection as `authenticator`, as the platform's API does."""

    db: Connection
    config: Config
    regime: Regime
    seeds: Seeds
    owned: Mapping[str, Owner]
    places: Mapping[str, Span]
    silent: list[tuple[str, str]] = field(default_factory=list)

    def attempts(self, relation: Relation) -> Iterator[Attempt]:
        """Every attempt on one table or view."""
        owner = self.owned.get(relation.full_name)
        victim = self.seeds.rows.get((relation.full_name, B))
        if not relation.is_table:
            yield from self._view(relation, owner)
            return
        if victim is None:
            return
        theirs = self._where(relation, victim)
        mine = self._where(relation, self.seeds.rows[relation.full_name, A])
        for actor in ("anon", "A"):
            yield self._try(
                relation, actor, "select", sql.SQL("select 1 from {} where {}").format(name_of(relation), theirs)
            )
            column = self._writable(relation, actor)
            if column:
                change = sql.SQL("update {} set {c} = {c} where {}").format(
                    name_of(relation), theirs, c=sql.Identifier(column)
                )
                yield self._try(relation, actor, "update", change)
            yield self._try(
                relation, actor, "delete", sql.SQL("delete from {} where {}").format(name_of(relation), theirs)
            )
            yield self._try(
                relation, actor, "insert", insert_statement(relation, draft(relation, B, self.seeds, owner))
            )
        for name in relation.columns:
            if name.name in self.config.privileged_columns and not name.generated:
                raised = sql.SQL("update {} set {} = {} where {}").format(
                    name_of(relation), sql.Identifier(name.name), self._more(name), mine
                )
                yield self._try(relation, "A", "raise", raised, name.name)
        if owner and owner.parent is None and owner.column not in relation.primary_key:
            given = sql.SQL("update {} set {} = {} where {}").format(
                name_of(relation), sql.Identifier(owner.column), sql.Literal(B), mine
            )
            yield self._try(relation, "A", "give away", given, owner.column)

    def _view(self, relation: Relation, owner: Owner | None) -> Iterator[Attempt]:
        """Views: do rows of B's show? Judged where a column says whose they are."""
        if owner is None:
            self.silent.append(
                (relation.full_name, "a view without an owner column: whose rows it shows cannot be told")
            )
            return
        for actor in ("anon", "A"):
            seen = sql.SQL("select 1 from {} where {} = {}").format(
                name_of(relation), sql.Identifier(owner.column), sql.Literal(B)
            )
            yield self._try(relation, actor, "select", seen)

    def _where(self, relation: Relation, row: Row) -> sql.Composable:
        columns = relation.primary_key or tuple(
            c.name for c in relation.columns if c.category in "SUN" and row.get(c.name) is not None
        )
        usable = [
            name for name in columns if isinstance(row.get(name), str | int | float) or hasattr(row.get(name), "hex")
        ]
        if not usable:
            return sql.SQL("false")
        tests = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(str(row[name]))) for name in usable]
        return sql.SQL(" and ").join(tests)

    def _writable(self, relation: Relation, actor: str) -> str | None:
        role = "anon" if actor == "anon" else "authenticated"
        for column in relation.columns:
            asked = [role, f'"{relation.schema}"."{relation.name}"', column.name]
            held = self.db.execute("select has_column_privilege(%s, %s, %s, 'update')", asked).fetchone()
            if held and held[0] and not column.generated and column.name not in relation.primary_key:
                return column.name
        return None

    def _more(self, column: Column) -> sql.Composable:
        if column.labels:
            return sql.Literal(column.labels[0])
        if column.type == "boolean":
            return sql.SQL("not coalesce({}, false)").format(sql.Identifier(column.name))
        if column.category == "N":
            return sql.SQL("coalesce({}, 0) + 1000").format(sql.Identifier(column.name))
        return sql.Literal("admin")

    def _try(self, relation: Relation, actor: str, verb: Verb, statement: sql.Composed, detail: str = "") -> Attempt:
        role = "anon" if actor == "anon" else "authenticated"
        claims: dict[str, Any] = {"role": role, "aud": role, "app_metadata": {}, "user_metadata": {}}
        if actor == "A":
            claims |= {"sub": A, "email": "a@gate.example", "is_anonymous": False}
        opening: list[sql.SQL | sql.Composed] = [
            sql.SQL("set local statement_timeout = '5s'"),
            sql.SQL("set local role {}").format(sql.Identifier(role)),
            sql.SQL("select set_config('request.jwt.claims', {}, true)").format(sql.Literal(json.dumps(claims))),
            sql.SQL("select set_config('request.jwt.claim.sub', {}, true)").format(sql.Literal(claims.get("sub", ""))),
            sql.SQL("select set_config('request.jwt.claim.role', {}, true)").format(sql.Literal(role)),
        ]
        answer, rows, words = self._ask(opening, statement)
        lines = ["begin;", *(f"{line.as_string(self.db)};" for line in (*opening, statement)), "rollback;"]
        return Attempt(
            relation=relation.full_name,
            kind=relation.kind,
            place=self.places.get(relation.full_name),
            regime=self.regime,
            actor=actor,
            verb=verb,
            answer=answer,
            rows=rows,
            owner=self.owned.get(relation.full_name),
            public=relation.full_name in self.config.public_tables,
            reproducer="\n".join([f"-- {self.regime} grants; log in as authenticator", *lines, f"-- {words}"]),
            detail=detail,
        )

    def _ask(self, opening: Sequence[sql.SQL | sql.Composed], statement: sql.Composed) -> tuple[Answer, int, str]:
        self.db.execute("begin")
        try:
            for line in opening:
                self.db.execute(line)
            rows = self.db.execute(statement).rowcount
        except psycopg.errors.InvalidObjectDefinition as fault:  # 42P17: the policies recurse
            return "recursion", 0, f"{fault.sqlstate}: {fault.diag.message_primary}"
        except psycopg.errors.IntegrityError as fault:  # a constraint spoke, so row security had let the row pass
            return "let through", 0, f"{fault.sqlstate}: {fault.diag.message_primary} (row security let the row pass)"
        except psycopg.errors.InsufficientPrivilege as fault:
            return "refused", 0, f"{fault.sqlstate}: {fault.diag.message_primary}"
        except psycopg.OperationalError as fault:
            if self.db.closed:
                raise
            return "proves nothing", 0, f"{fault.sqlstate}: {fault.diag.message_primary}"
        except psycopg.Error as fault:
            return "proves nothing", 0, f"{fault.sqlstate}: {fault.diag.message_primary}"
        finally:
            if not self.db.closed:
                self.db.execute("rollback")
        return (
            ("let through" if rows else "refused"),
            rows,
            f"{rows} row{'' if rows == 1 else 's'} came back or changed",
        )
