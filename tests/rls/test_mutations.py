"""Guards whose worth is known, weakened one by one: what holds, what another holds as well, what is dead, what was not tried."""

import itertools
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gate.audit.replay import split
from gate.check import Context
from gate.config import Config, Regime, load_config
from gate.errors import Incomplete
from gate.migration import Migration, read_migrations
from gate.postgres import Server, apply
from gate.rls.mutate.check import guard_places, weaken
from gate.rls.mutate.mutant import Mutant
from gate.rls.mutate.state import State
from tests.processes import gate

pytestmark = pytest.mark.postgres

NUMBERS = itertools.count(1)
ROOT = Path(__file__).parents[2]
OWNED = "(id int primary key, user_id uuid not null references auth.users, body text)"
SQL = f"""
create table sound {OWNED}; alter table sound enable row level security;
create policy own on sound using (user_id = auth.uid());

create table twice {OWNED}; alter table twice enable row level security;
create policy everyone on twice for select using (true);
create policy own on twice for select using (user_id = auth.uid());

create table asleep {OWNED};
create policy own on asleep using (user_id = auth.uid());

create table narrowed {OWNED}; alter table narrowed enable row level security;
create policy everyone on narrowed for select using (true);
create policy own on narrowed as restrictive for select using (user_id = auth.uid());
create policy anything on narrowed as restrictive for select using (true);

create table shown {OWNED}; alter table shown enable row level security;
create policy own on shown using (user_id = auth.uid());
create view looked_through with (security_invoker = true) as select id, body from shown;
create view filtered with (security_invoker = true) as select id, body from shown where user_id = auth.uid();

create view over_it with (security_invoker = true) as select * from looked_through;
create materialized view frozen as select id, body from shown; revoke all on frozen from anon, authenticated;

create table hidden (id uuid primary key references auth.users, name text, mail text not null);
alter table hidden enable row level security; create policy everyone on hidden for select using (true);
revoke select on hidden from anon, authenticated; grant select (id, name) on hidden to anon, authenticated;

create table mended {OWNED}; alter table mended enable row level security;
create policy own on mended for select using (user_id = auth.uid());
create policy adding on mended for insert with check (true);
create function mend() returns trigger language plpgsql as $$ begin new.user_id := auth.uid(); return new; end $$;
create trigger mending before insert on mended for each row execute function mend();

create table ranked (id uuid primary key references auth.users, role text not null default 'user', note text);
alter table ranked enable row level security; create policy own on ranked using (id = auth.uid());
create function same_rank() returns trigger language plpgsql as
  $$ begin if new.role <> old.role and current_user <> 'postgres' then raise exception 'no'; end if; return new; end $$;
create trigger ranking before update on ranked for each row execute function same_rank();
create function never() returns trigger language plpgsql as
  $$ begin if new.note = 'a word that nobody writes' then raise exception 'no'; end if; return new; end $$;
create trigger reading before update on ranked for each row execute function never();
create function stamp() returns trigger language plpgsql as $$ begin new.note := new.note; return new; end $$;

create table closed {OWNED}; alter table closed enable row level security;
revoke all on closed from anon, authenticated;

create table machine {OWNED}; alter table machine enable row level security;
create policy backend on machine to service_role using (true and user_id is not null);

create table ungranted {OWNED}; alter table ungranted enable row level security;
revoke insert on ungranted from anon, authenticated;
create policy adding on ungranted for insert with check (user_id = auth.uid());

create table impossible (id int primary key, user_id uuid not null references auth.users, check (id <> id));
alter table impossible enable row level security; create policy own on impossible using (user_id = auth.uid());

create table gifts {OWNED}; alter table gifts enable row level security;
create policy see on gifts for select using (true);
create policy change on gifts for update using (user_id = auth.uid()) with check (user_id = auth.uid());

create table looping {OWNED}; alter table looping enable row level security;
create policy loop on looping for select using (user_id in (select l.user_id from looping as l));
create policy own on looping for select using (user_id = auth.uid());

create function peek(sound_id int) returns text language sql stable as $$ select body from sound where sound.id = peek.sound_id $$;
create function take(sound_id int) returns text language sql security definer set search_path = '' as
  $$ select body from public.sound where sound.id = take.sound_id $$;
revoke execute on function take from public, anon, authenticated;
create function mine() returns setof sound language sql security definer set search_path = '' as
  $$ select * from public.sound where user_id = auth.uid() $$;

insert into storage.buckets (id, name) values ('files', 'files');
create policy reading on storage.objects for select to authenticated
  using (bucket_id = 'files' and (storage.foldername(name))[1] = auth.uid()::text);
"""
HELD = "held as well by "
EXPECTED: dict[tuple[str, str, str], tuple[str, str]] = {
    ("sound", "row security", "off"): ("killed", "anyone, without signing in, reads another's row in public.sound"),
    ("sound", "policy 'own'", "using (true)"): (
        "killed",
        "anyone, without signing in, reads another's row in public.sound",
    ),
    ("sound", "policy 'own'", "with check (true), which it takes from USING"): (
        "killed",
        "anyone, without signing in, adds a row in another's name to public.sound",
    ),
    ("twice", "policy 'own'", "using (true)"): ("dead", "policy 'everyone' lets the same through"),
    ("asleep", "policy 'own'", "using (true)"): (
        "dead",
        "row security of public.asleep is off, so none of its policies is asked",
    ),
    ("narrowed", "policy 'own'", "dropped"): (
        "killed",
        "anyone, without signing in, reads another's row in public.narrowed",
    ),
    ("narrowed", "policy 'anything'", "dropped"): ("dead", "as it stands it refuses nothing that was tried"),
    ("looked_through", "security_invoker", "off"): (
        "killed",
        "anyone, without signing in, reads another's row in public.looked_through",
    ),
    ("filtered", "security_invoker", "off"): ("survived", "the view's own conditions keep others' rows out"),
    ("over_it", "security_invoker", "off"): ("dead", "as it stands it refuses nothing that was tried"),
    ("frozen", "no SELECT for anon", "granted"): (
        "killed",
        "anyone, without signing in, reads another's row in public.frozen",
    ),
    ("hidden", "SELECT for some columns only, to anon", "on every column"): (
        "killed",
        "anyone, without signing in, reads another's row in public.hidden",
    ),
    ("mended", "trigger 'mending'", "disabled"): (
        "killed",
        "anyone, without signing in, adds a row in another's name to public.mended",
    ),
    ("ranked", "trigger 'ranking'", "disabled"): ("killed", "another user raises role in public.ranked"),
    ("ranked", "trigger 'reading'", "disabled"): (
        "not exercised",
        "nothing that the attack tries is what it refuses",
    ),
    ("closed", "row security", "off"): ("survived", f"{HELD}no INSERT for anon"),
    ("closed", "no INSERT for anon", "granted"): ("survived", f"{HELD}row security"),
    ("closed", "no UPDATE for authenticated", "granted"): (
        "survived",
        f"{HELD}row security, no SELECT for authenticated",
    ),
    ("machine", "policy 'backend'", "using (true)"): (
        "dead",
        "it names only service_role, which row security does not bind",
    ),
    ("ungranted", "policy 'adding'", "with check (true)"): (
        "dead",
        "no role that it names holds the privilege on public.ungranted",
    ),
    ("impossible", "policy 'own'", "using (true)"): (
        "not exercised",
        "no row could be planted: found no values for constraint 'impossible_id_check'",
    ),
    ("gifts", "policy 'change'", "using (true)"): ("killed", "another user takes over another's row in public.gifts"),
    ("gifts", "policy 'change'", "with check (true)"): ("killed", "another user gives a row away in public.gifts"),
    ("looping", "policy 'own'", "using (true)"): (
        "not exercised",
        "policies that are asked here call themselves, so that queries fail",
    ),
    ("peek(sound_id integer)", "the caller's rights", "security definer"): (
        "killed",
        "anyone, without signing in, reads public.sound by public.peek(sound_id integer)",
    ),
    ("take(sound_id integer)", "no EXECUTE for anon and authenticated", "granted"): (
        "killed",
        "anyone, without signing in, reads public.sound by public.take(sound_id integer)",
    ),
    ("mine()", "search_path", "reset"): (
        "not exercised",
        "the API lets nobody make an object that the function would find instead",
    ),
    ("storage.objects", "policy 'reading'", "using (true)"): ("killed", "another user reads another's file in files"),
    ("storage.objects", "policy 'reading'", "to anon as well"): ("survived", f"{HELD}USING of policy 'reading'"),
}

Told = Mapping[tuple[str, str, str], tuple[str, str]]
Mutating = Callable[..., tuple[Context, list[Mutant]]]


@pytest.fixture(scope="module")
def mutating(servers: Mapping[Regime, Server]) -> Mutating:
    """Weaken every guard of some SQL, in a database of its own."""

    def run(sql: str, state: State | None = None, seconds: float = float("inf")) -> tuple[Context, list[Mutant]]:
        server, name = servers["auto"], f"mutated_{next(NUMBERS)}"
        server.clone("postgres", name)

        assert apply(server, split(Migration("test.sql", sql)), dbname=name).failures == ()
        context = Context(Config(Path(), exposed_schemas=("public",)), deadline=time.monotonic() + seconds)
        mutants: list[Mutant] = []
        try:
            for one in weaken(context, server, name, state, {}):
                assert isinstance(one, Mutant)
                mutants.append(one)
        except Incomplete as fault:
            context.unjudged("mutants", str(fault))
        return context, mutants

    return run


@pytest.fixture(scope="module")
def known(mutating: Mutating) -> Told:
    context, _ = mutating(SQL)
    rows = context.evidence["mutations"]["rows"]
    return {(r["table"].removeprefix("public."), r["guard"], r["mutation"]): (r["result"], r["why"]) for r in rows}


@pytest.mark.parametrize("guard", EXPECTED, ids=lambda guard: " ".join(guard)[:70])
def test_what_a_guard_is_worth(known: Told, guard: tuple[str, str, str]) -> None:
    assert known[guard] == EXPECTED[guard]


def test_findings_point_to_where_the_guard_was_made() -> None:
    sql = f"create table t {OWNED};\nalter table t enable row level security;\ncreate policy own on t using (true);\n"
    sql += "create function f() returns trigger language plpgsql as $$ begin return new; end $$;\n"
    sql += "create trigger holding before insert on t for each row execute function f();\n"
    places = guard_places([Migration("m.sql", sql)], Config(Path(), exposed_schemas=("public",)), "auto")

    assert {name: place.line for name, place in places.items() if name.startswith("public.")} == {
        "public.t": 1,
        "public.t policy 'own'": 3,
        "public.f()": 4,
        "public.t trigger 'holding'": 5,
    }


def test_what_is_no_guard_has_no_mutant(known: Told) -> None:
    guards = {(table, guard) for table, guard, _ in known}

    assert ("twice", "policy 'everyone'") not in guards  # true already
    assert [guard for table, guard in sorted(guards) if table == "frozen"] == [
        "no SELECT for anon",  # nobody writes into it
        "no SELECT for authenticated",
    ]
    assert not any(guard == "trigger 'stamp'" for _, guard in guards)
    assert not any(
        table in {"sound", "twice"} and guard.startswith("no ") for table, guard in guards
    )  # nothing revoked


def test_the_score_and_what_holds_what(known: Told, mutating: Mutating) -> None:
    context, mutants = mutating(
        f"create table t {OWNED}; alter table t enable row level security; create policy own on t using (user_id = auth.uid());"
        f"create table u {OWNED}; create policy own on u using (user_id = auth.uid()) with check (user_id = auth.uid());"
    )
    told = context.evidence["mutations"]

    assert (told["score"], told["killed"], told["dead"], told["survived"], told["not_exercised"]) == (0.6, 3, 2, 0, 0)
    assert told["holds"] == {"public.t": ["row security", "policy 'own'"], "public.u": []}
    assert [(m.relation, m.verb, m.answer) for m in mutants][:1] == [("public.t", "weaken", "let through")]


def test_a_schema_that_nobody_may_enter_unsigned(mutating: Mutating) -> None:
    context, _ = mutating(
        "revoke usage on schema public from public, anon;"
        f"create table bare {OWNED}; create table t {OWNED}; alter table t enable row level security;"
        "create policy own on t to authenticated using (user_id = auth.uid());"
    )
    rows = {(row["guard"], row["mutation"]): row for row in context.evidence["mutations"]["rows"]}
    door = rows["no USAGE of schema public for anon", "granted"]

    assert (door["result"], door["why"]) == (
        "killed",
        "anyone, without signing in, reads another's row in public.bare",
    )
    assert rows["policy 'own'", "to anon as well"]["why"] == (
        f"{HELD}USING of policy 'own', no USAGE of schema public for anon"
    )


def test_every_guard_of_the_demo_holds_or_is_doubled(servers: Mapping[Regime, Server], mutating: Mutating) -> None:
    sql = "\n".join(migration.text for migration in read_migrations(load_config(ROOT)))
    context, _ = mutating(sql)
    told: dict[str, Any] = context.evidence["mutations"]

    assert [row for row in told["rows"] if row["result"] not in {"killed", "survived"}] == []
    assert all(row["why"].startswith(HELD) for row in told["rows"] if row["result"] == "survived")
    assert told["score"] == 1.0
    assert set(told["holds"]["public.profiles"]) == {
        "row security",
        "policy 'own profile'",
        "UPDATE for some columns only, to authenticated",
    }
    functions = [row for row in told["rows"] if row["kind"] == "execute"]
    assert [row["result"] for row in functions] == ["killed"] * 5


FEW = f"create table t {OWNED}; alter table t enable row level security; create policy own on t using (user_id = auth.uid());"


def test_time_runs_out_and_the_next_run_goes_on(mutating: Mutating, tmp_path: Path, monkeypatch: Any) -> None:
    state = State("m", tmp_path / "state.json")
    with monkeypatch.context() as late:
        late.setattr("gate.rls.mutate.check.SPARE", 2000.0)
        context, _ = mutating(FEW, state, seconds=1000)

    assert [item.why for item in context.not_judged] == [
        "ran out of time after 0 of 3 mutants; run it again, and it goes on from there"
    ]
    whole, _ = mutating(FEW)
    rows = whole.evidence["mutations"]["rows"]
    kept = {f"{row['kind']}|{row['table']}|{row['guard']}|{row['mutation']}": row | {"why": "kept"} for row in rows[:2]}
    state.path.write_text(json.dumps({"of": "m", "rows": kept}))
    context, mutants = mutating(FEW, state)

    assert [mutant.row.why for mutant in mutants][:2] == ["kept", "kept"]
    assert mutants[2].row.why == rows[2]["why"]
    assert context.not_judged == []
    assert not state.path.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        '{"of": "other", "rows": {}}',
        '{"of": "m", "rows": []}',
        '{"of": "m", "rows": {"row security|public.t|row security|off": {"result": "fine"}}}',
        """{"of": "m", "rows": {"row security|public.t|row security|off": {"guard": "row security", "kind": "row security",
           "table": "public.t", "mutation": "off", "result": "fine", "why": ""}}}""",
        "\x00\xff",
    ],
)
def test_a_damaged_state_is_no_state(tmp_path: Path, servers: Mapping[Regime, Server], text: str) -> None:
    from gate.rls.mutate.guards import EVERYTHING, Guard

    guard = Guard("row security", "public.t", "t", "row security", "off", (), frozenset(), EVERYTHING)
    path = tmp_path / "state.json"
    path.write_text(text)

    assert State("m", path).load([guard]) == {}


def test_the_command_and_its_report(tmp_path: Path) -> None:
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/1_t.sql").write_text(f"{FEW}\ncreate policy more on t for select using (true);\n")
    (tmp_path / "pyproject.toml").write_text('[tool.gate]\nregimes = ["auto"]\npublic_tables = ["public.t"]\n')
    done = gate("rls", "--mutate", "--report", "json:out.json", cwd=tmp_path)
    told = json.loads((tmp_path / "out.json").read_text())
    (rls,) = told["checks"]

    assert done.code == 0, done.err
    assert rls["evidence"]["mutations"]["tried"] == rls["evidence"]["mutations"]["planned"] == 3
    assert "holds by itself" in done.out
    assert [f["rule"] for f in told["findings"]] == []
    assert gate("rls", "--state", "x.json", cwd=tmp_path).code == 2
