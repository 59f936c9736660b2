"""Hostile input: no crash, no hang, no silence; every statement is replayed or listed."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from gate.audit.check import AUDIT
from gate.audit.replay import lexer, replay, split
from gate.audit.replay.library import Refused
from gate.config import Config, load_config
from gate.migration import Migration, Statement
from gate.outcome import Verdict
from gate.report import FORMATS
from gate.rule import load_rules
from gate.run import run_checks
from tests.audit.hostile import SHAPES, mutated

CONFIG = Config(Path(), exposed_schemas=("public",))
RULES = load_rules(AUDIT.rules_package)


def judged(sql: str) -> tuple[Statement, ...]:
    """Replay some SQL in both regimes and put every rule to it; a crash of a rule is a crash."""
    statements = split(Migration("m.sql", sql))
    for regime in ("auto", "explicit"):
        catalog = replay(statements, CONFIG, regime)
        hits = [hit for rule in RULES for hit in rule.judge(catalog)]
        refused = [one for one in statements if one.tree is None]
        failed = {one.place for one in catalog.failed}
        assert failed >= {one.place for one in refused}
        assert not refused or any(hit.message.startswith("this statement does not parse") for hit in hits)
    return statements


def covered(sql: str, statements: tuple[Statement, ...]) -> str:
    """What no statement holds, and is neither white space, comment nor for psql."""
    left = lexer.blanks(sql) if not statements else sql
    lines = sql.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    held = bytearray(len(sql) + 1)
    for one in statements:
        if one.tree is not None:
            place = one.place
            begin = starts[place.line - 1] + place.column - 1
            held[begin : begin + len(one.text)] = b"\1" * len(one.text)
    return "".join(" " if held[at] else letter for at, letter in enumerate(left))


EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "250"))  # `nox -s fuzz` asks for many more


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_mutations_of_good_sql(sql: str) -> None:
    statements = judged(sql)

    if all(one.tree is not None for one in statements):
        foreign = list(lexer.foreign(sql))
        for begin, end in foreign:
            sql = sql[:begin] + lexer.blanks(sql[begin:end]) + sql[end:]
        left = covered(sql, statements)
        assert not left[lexer.leading(left) :].strip(lexer.SPACE + ";")


SLOW = 60.0  # seconds for one shape, on a machine that does much else
EVERY_SHAPE = """
import sys, threading, time
from pathlib import Path
from gate.audit.replay import replay, split
from gate.config import Config
from gate.migration import Migration
from tests.audit.hostile import SHAPES

def run(shape, number):
    began = time.process_time()
    statements = split(Migration("m.sql", SHAPES[shape](number)))
    replay(statements, Config(Path(), exposed_schemas=("public",)), "auto")
    print(shape, time.process_time() - began, sep="=", flush=True)

for shape in SHAPES:
    for number in (300, 10_000, 50_000):
        thread = threading.Thread(target=run, args=(shape, number))
        thread.start()
        thread.join()
"""


def test_shapes_that_are_deep_or_long() -> None:
    """In a process of its own, as a crash would take the tests with it; the last line tells which one it was."""
    done = subprocess.run([sys.executable, "-c", EVERY_SHAPE], capture_output=True, text=True, timeout=280)

    taken = [line.split("=") for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-200:]
    assert [name for name, _ in taken] == [name for name in SHAPES for _ in range(3)]
    assert [(name, seconds) for name, seconds in taken if float(seconds) > SLOW] == []


@pytest.mark.parametrize("tail", ["", " on conflict (id) do nothing", " returning id"])
def test_a_long_insert_is_read_in_portions(tail: str) -> None:
    rows = ",\n".join(f"({number}, 'a ( ''b'' ; /* {number}', array[{number}])" for number in range(40_000))
    sql = f"create table t (id int);\ninsert into t (id, b, c) values {rows}{tail};\ncreate table u (id int);\n"
    statements = judged(sql)

    assert len(sql) > 1_000_000
    assert [(one.text[:12], one.tree is None, one.place.line) for one in statements] == [
        ("create table", False, 1),
        ("insert into ", False, 2),
        ("create table", False, 40_002),
    ]


def test_a_fault_in_a_long_insert_is_named_where_it_stands() -> None:
    rows = ",\n".join("(1, 2)" if number != 200_000 else "(1 2)" for number in range(250_000))
    (failed,) = [one for one in judged(f"insert into t values\n{rows};\nselect 1;") if one.tree is None]

    assert (failed.place.line, failed.problem) == (200_002, 'syntax error at or near "2"')


def test_buckets_of_a_long_insert_are_all_seen() -> None:
    rows = ", ".join(f"('b{number}', 'b{number}', true)" for number in range(60_000))
    catalog = replay(
        split(Migration("m.sql", f"insert into storage.buckets (id, name, public) values {rows};")), CONFIG, "auto"
    )

    assert len(catalog.buckets) == 60_000


def test_a_statement_that_is_too_long_is_refused_and_the_rest_goes_on() -> None:
    wide = "create table wide (" + ", ".join(f"column_{number} int" for number in range(250_000)) + ");\n"
    statements = judged("create table t (id int);\n" + wide + "create table u (id int);\n")

    assert [one.problem and one.problem[:7] for one in statements] == [None, "it has ", None]


def test_a_statement_in_brackets_that_never_close_does_not_swallow_the_rest() -> None:
    sql = "create table a (id int;\ncreate table b (id int);\ncreate policy p on b using (true));\ncreate table c (id int);\n"
    statements = judged(sql)

    assert [(one.place.line, one.tree is None) for one in statements] == [(1, True), (2, False), (3, True), (4, False)]


def test_a_body_of_sql_is_one_statement_even_beside_one_that_does_not_parse() -> None:
    sql = (
        "create function f() returns int begin atomic select case when true then 1 end; select 2; end;\n"
        "create tabel x;\nselect 1;\n"
    )

    assert [(one.text[:6], one.place.line) for one in judged(sql)] == [("create", 1), ("create", 2), ("select", 3)]


AWKWARD = '"a\nb\r\x1b[31m\u202e\x07\u2028 ::error::x"'


@pytest.mark.parametrize("name", FORMATS)
def test_names_that_would_drive_a_terminal_are_escaped(tmp_path: Path, name: str) -> None:
    migrations = tmp_path / "supabase/migrations"
    migrations.mkdir(parents=True)
    (migrations / "1_a.sql").write_text(
        f"create table public.{AWKWARD} (id int, {AWKWARD} text);\n"
        f"create policy {AWKWARD} on public.{AWKWARD} for all using (true);\n"
        f'alter table public.{AWKWARD[:-1]}!" enable row level security;\n'
        f'create view public.{AWKWARD[:-1]}v" as select * from public.{AWKWARD};\ncreate tabel {AWKWARD};\n'
    )
    config, written = load_config(tmp_path), io.StringIO()
    outcomes = run_checks([AUDIT], config, lambda *_: None)
    FORMATS[name](Verdict(outcomes, ("audit",), whole=False), config, written)

    found = {letter for letter in written.getvalue() if letter < " " or letter in "\x7f\u202e\u2028"}
    assert len(outcomes) == 1
    assert found <= {"\n", "\t"}
    assert "\n::error::x" not in written.getvalue()


def test_what_the_parser_quotes_is_cut() -> None:
    (failed,) = [one for one in judged("/*" + " x" * 100_000) if one.tree is None]

    assert failed.problem is not None
    assert len(failed.problem) < 300


def test_a_comment_ends_at_a_lone_carriage_return_as_the_parser_has_it() -> None:
    assert [one.text for one in judged("-- a\rselect 1;\rcreate tabel;")] == ["select 1", "create tabel"]


def test_a_parser_without_memory_for_its_stack_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    from gate.audit.replay import library

    def none_left(_self: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(library, "_MINE", type("Mine", (), {})())
    monkeypatch.setattr("threading.Thread.start", none_left)

    with pytest.raises(Refused, match="no memory"):
        library.parse(b"select 1" + b" " * 10_000)
