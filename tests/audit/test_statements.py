"""A file taken apart: every statement with its text and place, what is no SQL passed over, nothing that hangs."""

import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gate.audit.replay import replay, split
from gate.migration import Migration, Statement
from tests.audit.judge import CONFIG


def parts(sql: str) -> tuple[Statement, ...]:
    return split(Migration("m.sql", sql))


def places(sql: str) -> list[tuple[str, int, int]]:
    return [(one.text.split()[0], one.place.line, one.place.column) for one in parts(sql)]


def at(sql: str, one: Statement) -> str:
    """The text that a place points at, from its first to its last character."""
    lines = sql.split("\n")
    place = one.place
    assert place.end_line is not None
    assert place.end_column is not None
    begin = sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1
    end = sum(len(line) + 1 for line in lines[: place.end_line - 1]) + place.end_column - 1
    return sql[begin:end]


AWKWARD = """-- Grüße: «naïve» 日本語 🎉
create table a (id int); create table "Übersicht" ("größe" int);
/* 🎉 mehrzeilig
   /* geschachtelt; */ ; */ alter table a
  enable row level security;

\tcreate policy "ä 🎉" on a using ('日本;語' <> 'x');comment on table a is E'it\\'s; 🎉';
create function f() returns text language sql as $ü$ select 'ö;' $ü$  ;
select 1"""


def test_lines_and_columns_count_characters_not_bytes() -> None:
    assert places(AWKWARD) == [
        ("create", 2, 1),
        ("create", 2, 26),
        ("alter", 4, 29),
        ("create", 7, 2),
        ("comment", 7, 49),
        ("create", 8, 1),
        ("select", 9, 1),
    ]


def test_the_place_of_a_statement_spans_its_text() -> None:
    assert [at(AWKWARD, one) for one in parts(AWKWARD)] == [one.text for one in parts(AWKWARD)]


def test_places_are_the_same_when_another_statement_does_not_parse() -> None:
    broken = AWKWARD + ";\ncreate tabel ü (id int);"
    whole, one_by_one = parts(AWKWARD), parts(broken)

    assert [(one.text, one.place) for one in one_by_one[:-1]] == [(one.text, one.place) for one in whole]
    assert (one_by_one[-1].tree, one_by_one[-1].problem) == (None, 'syntax error at or near "tabel"')
    assert (one_by_one[-1].place.line, one_by_one[-1].place.column) == (10, 8)


@pytest.mark.parametrize(
    ("sql", "line", "column", "words"),
    [
        ("-- ü🎉\n  create policy if not exists p on t;", 2, 20, 'syntax error at or near "not"'),
        ("select 1;\n\ncreate table t (\n  'ü' int\n);", 4, 3, "syntax error at or near \"'ü'\""),
        ("select 'never closed;\nselect 2;", 1, 8, "unterminated quoted string"),
        ("create function f() returns int language sql as $$ select 1;", 1, 49, "unterminated dollar-quoted string"),
        ("select 1; /* never closed", 1, 11, "unterminated /* comment"),
    ],
)
def test_a_statement_that_does_not_parse_is_named_with_its_place(sql: str, line: int, column: int, words: str) -> None:
    (failed,) = [one for one in parts(sql) if one.tree is None]

    assert (failed.place.path, failed.place.line, failed.place.column) == ("m.sql", line, column)
    assert failed.problem is not None
    assert words in failed.problem


@pytest.mark.parametrize("sql", ["", " \n\t", ";;;", "-- only\n-- words", "/* only; words */", "\n;\n-- x\n;"])
def test_nothing_is_no_statement(sql: str) -> None:
    assert parts(sql) == ()


def test_psql_lines_and_copy_data_are_passed_over_and_places_stay_true() -> None:
    sql = (
        "\\connect x\n\\set y 'it''s'\ncreate table a (id int, t text);\ncopy a from stdin;\n1\tit's; a\n"
        "2\tcreate table b ();\n\\.\n\ncreate function f() returns text language sql as $$ select '\n\\d x' $$;\n\\q\n"
    )

    assert [(one.text.split("(")[0], one.place.line) for one in parts(sql)] == [
        ("create table a ", 3),
        ("copy a from stdin", 4),
        ("create function f", 9),
    ]
    assert "\n\\d x'" in parts(sql)[-1].text


def test_windows_lines_count_as_lines() -> None:
    assert places("select 1;\r\n\r\nselect 2;\r\n") == [("select", 1, 1), ("select", 3, 1)]


PIECES = st.sampled_from(
    [
        *(
            "select 1",
            "create table t (id int)",
            ";",
            "\n",
            " ",
            "'",
            "''",
            '"',
            "$$",
            "$a$",
            "$1",
            "--",
            "/*",
            "*/",
            "\\",
        ),
        *(
            "\\.",
            "E'",
            "U&'",
            "copy t from stdin;",
            "(",
            ")",
            "ü",
            "🎉",
            "\ufeff",
            "\x01",
            "\u2028",
            "begin;",
            "rollback;",
        ),
        *(
            "create policy p on t using (true)",
            "do $$ begin",
            "end $$",
            "execute format('%I', x)",
            "\r",
            "\x7f",
            "%",
            "::",
        ),
    ]
)
HOSTILE = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200),
    st.lists(PIECES, max_size=40).map("".join),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE)
@example("E'\\")
@example("$")
@example("$$")
@example("copy t from stdin;")
@example("\\")
@example("create policy p on t using (" * 30)
def test_hostile_text_never_crashes_and_statements_are_slices_of_it(sql: str) -> None:
    found = parts(sql)
    end = 0
    for one in found:
        begin = sql.find(one.text, end) if "\\" not in sql and "stdin" not in sql.lower() else end
        assert begin >= end
        end = begin
        assert (one.tree is None) == (one.problem is not None)
        assert 1 <= one.place.line <= sql.count("\n") + 1
    replay(found, CONFIG, "auto")


@pytest.mark.parametrize("piece", ["'", "$$", "/* ", "(", "--\n", "\\\n", "copy t from stdin;\n", "e'\\'"])
def test_long_repetition_takes_no_quadratic_time(piece: str) -> None:
    began = time.monotonic()
    parts(piece * (200_000 // len(piece)))

    assert time.monotonic() - began < 20
