"""The lines of a migration beside a finding: the right ones, coloured, and never with a key in them."""

from pathlib import Path

from gate.audit.replay import split
from gate.config import Config
from gate.finding import Finding, Place, Severity, Span, Target
from gate.migration import Migration
from gate.report.excerpt import MOST, coloured, excerpt
from gate.scan.fakes import token

SQL = "create policy \"Ü ö\" on public.t -- note\n  using (a = 'b;' and c = 3);\nselect 1;\n"


def lines(root: Path, place: Place) -> list[str]:
    found = Finding("r", "audit", Severity.ERROR, place, "m", "s", "g1:0")
    return [f"{line.number} {''.join(text for _, text in line.pieces)}" for line in excerpt(found, Config(root))]


def test_the_lines_of_the_statement(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(f"\ufeff{SQL}", encoding="utf-8")

    first, second, _ = SQL.splitlines()

    assert lines(tmp_path, Span("a.sql", 1, 1, 2, 28)) == [f"1 {first}", f"2 {second}"]


def test_lines_are_counted_as_the_audit_counts_them(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes("-- a\u2028b\x0cc\x85\r\nselect 1;\r\n".encode())
    (statement,) = split(Migration("a.sql", (tmp_path / "a.sql").read_bytes().decode()))

    assert lines(tmp_path, statement.place) == ["2 select 1;"]


def test_a_long_statement_is_cut(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("".join(f"select {n};\n" for n in range(100)) + "x" * 500)

    assert len(lines(tmp_path, Span("a.sql", 1, 1, 90, 1))) == MOST
    assert lines(tmp_path, Span("a.sql", 101))[0].endswith("x …")


def test_a_line_with_a_key_is_not_shown(tmp_path: Path) -> None:
    key = token("service_role")
    (tmp_path / "a.sql").write_text(f"select 1;\nselect '{key}';\nselect 3;\n")

    assert lines(tmp_path, Span("a.sql", 1, 1, 3, 1)) == []
    assert lines(tmp_path, Span("a.sql", 3)) == ["3 select 3;"]


def test_only_sql_that_is_there_is_shown(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("A=1\n")

    assert lines(tmp_path, Span("a.env", 1)) == []
    assert lines(tmp_path, Span("b.sql", 1)) == []
    assert lines(tmp_path, Span("a\0.sql", 1)) == []
    assert lines(tmp_path, Target("public.t", Span("a.sql", 1))) == []


def test_pieces_are_told_apart() -> None:
    pieces = [piece for line in coloured(SQL) for piece in line]

    assert "\n".join("".join(text for _, text in line) for line in coloured(SQL)) == SQL
    assert [text for kind, text in pieces if kind == "name"] == ['"Ü ö"']
    assert [text for kind, text in pieces if kind == "comment"] == ["-- note"]
    assert [text for kind, text in pieces if kind == "text"] == ["'b;'"]
    assert [text for kind, text in pieces if kind == "number"] == ["3", "1"]
    assert {"create", "policy", "using", "and", "select"} <= {text for kind, text in pieces if kind == "keyword"}
