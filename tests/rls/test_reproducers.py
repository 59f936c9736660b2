"""Every leak's SQL, run as written in a database with nothing but the migrations, shows the leak."""

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from gate.postgres import Connection
from gate.rls.tap import as_test
from tests.rls.conftest import Attacked, Attacking

pytestmark = pytest.mark.postgres

APP = """
create type kind as enum ('admin', 'plain');
create table profiles (id uuid primary key references auth.users, name text, credits int not null default 1);
create table orders (id bigint generated always as identity primary key, user_id uuid not null references profiles, note text);
create table items (id serial primary key, order_id bigint not null references orders on delete cascade, kind kind not null,
  price numeric(5,2) not null check (price > 3), unique (order_id, kind));
create table loops (id uuid primary key, user_id uuid references auth.users);
create table follows (a uuid references profiles, b uuid references profiles, primary key (a, b), check (a <> b));
create table settings (id int primary key check (id = 1), motto text);
insert into settings values (1, 'be nice');
create table "We""ird; --" (id int primary key, user_id uuid references auth.users, "a'b" text not null);
alter table profiles enable row level security;
create policy own on profiles using (id = auth.uid());
alter table orders enable row level security;
create policy see on orders for select using (true);
create policy change on orders for update using (user_id = auth.uid()) with check (true);
alter table items enable row level security;
create policy all_of_it on items using (exists (select from orders where orders.id = items.order_id));
alter table loops enable row level security;
create policy loop on loops using (id in (select l.id from loops as l));
create table contacts (id int primary key, user_id uuid not null references auth.users, phone text unique);
alter table contacts enable row level security;
create policy own on contacts using (user_id = auth.uid());
create view v as select name from profiles;
create materialized view m as select order_id from items;
create function log() returns trigger language plpgsql as $$ begin return coalesce(new, old); end $$;
create trigger log after insert or update or delete on items for each row execute function log();
"""


def run(db: Connection, script: str) -> list[tuple[int, object]]:
    cursor = db.execute(script.encode())
    results = []
    while True:
        first = cursor.fetchone() if cursor.description else None
        results.append((cursor.rowcount, first[0] if first else None))
        if not cursor.nextset():
            return results


def shown(done: Attacked, script: str) -> str:
    """What the script's attack came to: its rows, whether the proof said true, or the SQLSTATE."""
    with done.server.connect(dbname=done.fresh) as db:
        try:
            results = run(db, script)
        except psycopg.Error as fault:
            return fault.sqlstate or ""
    lines = [line for line in script.splitlines() if line.rstrip().endswith(";") or ";  -- " in line]
    attack = next(number for number, line in enumerate(lines) if ";  -- " in line)
    proof = " true" if results[-2][1] is True and ";  -- true" in script else ""
    return f"{results[attack][0]} row{'s' * (results[attack][0] != 1)}{proof}"


@pytest.fixture(scope="module")
def done(attacking: Attacking) -> Attacked:
    return attacking(APP)


def test_every_finding_has_one_and_it_works(done: Attacked) -> None:
    seen = {}
    for finding in done.findings():
        assert finding.reproducer
        said = next(line.partition(";  -- ")[2] for line in finding.reproducer.splitlines() if ";  -- " in line)
        proof = " true" if ";  -- true" in finding.reproducer else ""
        seen[finding.subject] = (shown(done, finding.reproducer), said.partition(":")[0] + proof)

    assert {subject: got for subject, (got, _) in seen.items()} == {
        subject: said for subject, (_, said) in seen.items()
    }
    assert {f.rule for f in done.findings()} == {
        "others-rows-readable",
        "others-rows-writable",
        "others-values-guessable",
        "own-privilege-raised",
        "policy-recursion",
        "row-given-away",
        "row-inserted-in-anothers-name",
    }
    assert {
        "public.v select by anon",
        "public.m select by anon",
        "public.loops",
        "public.settings update by anon",
    } <= seen.keys()


MENDED = "revoke all on all tables in schema public from anon, authenticated; drop policy loop on loops;"


def told_by(done: Attacked, test: str) -> list[str]:
    """What a pgTAP test says when it is run as it is written, and what its end says."""
    with done.server.connect(dbname=done.fresh) as db:
        said = [str(value) for _, value in run(db, test) if str(value).startswith(("1..", "ok ", "not ok ", "# "))]
        assert db.info.transaction_status is TransactionStatus.IDLE
    return said


def test_beside_each_is_a_test_that_fails_until_the_leak_is_closed(done: Attacked, attacking: Attacking) -> None:
    """On stand-ins for the five functions of pgTAP's that the tests use."""
    findings = done.findings()
    leaky = {f.subject: told_by(done, as_test(f.reproducer or "", f.message) or "") for f in findings}
    closed = attacking(APP + MENDED)
    mended = {f.subject: told_by(closed, as_test(f.reproducer or "", f.message) or "") for f in findings}

    assert leaky == {
        f.subject: ["1..1", f"not ok 1 - {f.message}", "# Looks like you failed 1 test of 1"] for f in findings
    }
    assert mended == {f.subject: ["1..1", f"ok 1 - {f.message}"] for f in findings}


def test_they_leave_nothing_behind(done: Attacked) -> None:
    for finding in done.findings():
        shown(done, finding.reproducer or "")

    with done.server.connect(dbname=done.fresh) as db:
        for table in ("auth.users", "profiles", "orders", "items"):
            assert db.execute(f"select count(*) from {table}".encode()).fetchone() == (0,)


def test_the_platforms_own_login_sees_the_same(done: Attacked) -> None:
    """The planting committed by postgres, the attack by authenticator."""
    name = f"{done.fresh}_copy"
    done.server.clone(done.fresh, name)
    finding = next(f for f in done.findings() if f.subject == "public.orders select by anon")
    planting, _, attack = (finding.reproducer or "").partition("-- the attack")
    with done.server.connect(dbname=name) as db:
        run(db, f"{planting}\ncommit;")
    with done.server.connect("authenticator", name) as db:
        results = run(db, f"begin;\n--{attack}")

    assert results[-2][0] == 1


def test_it_is_readable(done: Attacked) -> None:
    finding = next(
        f for f in done.findings() if f.subject in {"public.items select by A", "public.items select by anon"}
    )
    lines = (finding.reproducer or "").splitlines()

    assert (
        lines[0] == "-- public.items: select by anon; automatic grants on new tables; run as postgres, nothing is kept"
    )
    assert lines[1] == "begin;"
    assert lines[-1] == "rollback;"
    assert any(line.startswith("insert into public.orders ") for line in lines)
    assert not any("follows" in line or "settings" in line for line in lines)


def test_a_leak_that_cannot_be_shown_again_is_not_reported(attacking: Attacking) -> None:
    done = attacking(
        "create table t (id int primary key, user_id uuid references auth.users); alter table t enable row level security;"
        "create policy odd on t for select using (session_user = 'authenticator');"
    )

    assert done.findings() == ()
    assert done.why("public.t") == [
        "select by anon was let through once and not again (0 rows)",
        "select by A was let through once and not again (0 rows)",
    ]
