"""The server's answers read the same, whether statements are tried one by one or together."""

from collections.abc import Mapping

import pytest

from gate.config import Regime
from gate.postgres import Server
from gate.rls.actors import opening
from gate.rls.attempt import Verb
from gate.rls.server_says import Asked, ask, ask_all

pytestmark = pytest.mark.postgres
TABLES = """
create domain small as int check (value < 10);
create table said (id int primary key, n small, word text not null check (word <> 'no'), other int references said);
insert into said values (1, 1, 'a', null), (2, 2, 'b', null);
grant all on said to authenticated;
create table shut (id int primary key); alter table shut enable row level security; grant all on shut to authenticated;
create table looping (id int primary key); alter table looping enable row level security; grant all on looping to authenticated;
create policy again on looping using (id in (select l.id from looping as l));
create function no() returns trigger language plpgsql as $$ begin raise exception 'no' using errcode = '23505'; end $$;
create table guarded (id int primary key); create trigger no before insert on guarded for each row execute function no();
create function deep() returns int language plpgsql as $$ begin insert into said values (1, 1, 'a'); return 1; end $$;
"""
TRIED: tuple[tuple[str, Verb, str], ...] = (
    ("select * from said", "select", "let through, 2 rows"),
    ("select * from said where id = 9", "select", "refused, 0 rows"),
    ("select * from nowhere", "select", "nothing, 42P01"),
    ("select * from shut", "select", "refused, 0 rows"),
    ("select * from looping", "select", "recursion, 42P17"),
    ("update said set word = 'c' where id = 1", "update", "let through, 1 row"),
    ("delete from said", "delete", "let through, 2 rows"),
    ("insert into said values (3, 3, 'c')", "insert", "let through, 1 row"),
    ("insert into said values (1, 3, 'c')", "insert", "let through, 23505"),
    ("insert into said values (3, 3, 'no')", "insert", "let through, 23514"),
    ("insert into said values (3, 3, null)", "insert", "let through, 23502"),
    ("insert into said values (3, 3, 'c', 9)", "insert", "let through, 23503"),
    ("insert into said values (3, 30, 'c')", "insert", "nothing, 23514"),
    ("insert into shut values (1)", "insert", "refused, 42501"),
    ("insert into guarded values (1)", "insert", "nothing, 23505"),
    ("select deep()", "call to change", "nothing, 23505"),
    ("insert into auth.users (id) values (gen_random_uuid())", "insert", "refused, 42501"),
)


def test_together_as_one_by_one(servers: Mapping[Regime, Server]) -> None:
    server = servers["auto"]
    server.clone("postgres", "said")
    with server.connect(dbname="said") as db:
        db.execute(TABLES.encode())
    start = opening("A", "public")
    with server.connect("authenticator", "said") as db:
        alone = [
            ask(db, "\n".join(["begin;", *start, f"{statement};", "rollback;"]), verb, result=-2)
            for statement, verb, _ in TRIED
        ]
        together = ask_all(db, start, [Asked(statement, verb) for statement, verb, _ in TRIED])

    assert [told for _, _, told in TRIED] == [f"{said.answer}, {said.words.partition(':')[0]}" for said in alone]
    assert alone == together


def test_what_takes_too_long_together_is_left_to_be_asked_alone(servers: Mapping[Regime, Server]) -> None:
    start = ("set local statement_timeout = '200ms';", *opening("A", "public"))
    with servers["auto"].connect("authenticator") as db:
        assert ask_all(db, start, [Asked("select 1", "select"), Asked("select pg_sleep(60)", "select")]) is None
        assert ask_all(db, start, [Asked("select 1", "select")]) is not None


def test_what_nobody_else_sees_was_to_no_effect(servers: Mapping[Regime, Server]) -> None:
    asked = [
        Asked("select 1", "give away", (*opening("B", "public"), f"select auth.uid()::text like '{who}%'"))
        for who in "ab"
    ]
    with servers["auto"].connect("authenticator") as db:
        answers = ask_all(db, opening("A", "public"), asked)

    assert [said.answer for said in answers or ()] == ["refused", "let through"]
