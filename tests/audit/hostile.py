"""SQL that nobody writes by accident: mutations of good SQL, and shapes that make parsers slow or deep."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from hypothesis import strategies as st

from gate.rule import load_rules

CASES = Path(__file__).parent / "cases"
TOKEN = re.compile(r"\s+|\w+|'[^']*'|\$\w*\$|.", re.DOTALL)
SPLINTERS = (
    *(
        "'",
        '"',
        "$$",
        "$a$",
        "$",
        "--",
        "/*",
        "*/",
        "(",
        ")",
        ";",
        ",",
        "\\",
        "\\.",
        "E'",
        "U&'",
        "::",
        "%",
        "\r",
        "\ufeff",
    ),
    *(
        "\x01",
        "\x7f",
        "\u202e",
        "\u2028",
        "\xa0",
        "\n\\q\n",
        "copy t from stdin;\n",
        "begin atomic",
        "begin;",
        "rollback;",
    ),
    *("cascade", "if exists", "or replace", "public.", "null", "0", "-", "🎉", "[]", "@", "only"),
)


def good() -> list[str]:
    """Every SQL example of the rules' pages, and the awkward cases."""
    pages = (example.text for rule in load_rules("gate.audit.rules") for example in rule.page.examples)
    return [*pages, *(path.read_text() for path in sorted(CASES.rglob("*.sql")))]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Good SQL with tokens taken out, doubled, swapped, or splinters put between them."""
    tokens = TOKEN.findall(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(tokens) - 1)))
        match draw(st.sampled_from(["out", "double", "swap", "cut", "splinter", "join"])):
            case "out":
                del tokens[at : at + 1]
            case "double":
                tokens[at:at] = tokens[at : at + draw(st.integers(1, 12))]
            case "swap":
                other = draw(st.integers(0, max(0, len(tokens) - 1)))
                if tokens:
                    tokens[at], tokens[other] = tokens[other], tokens[at]
            case "cut":
                del tokens[at:]
            case "splinter":
                tokens.insert(at, draw(st.sampled_from(SPLINTERS)))
            case "join":
                tokens += TOKEN.findall(draw(st.sampled_from(GOOD)))[:40]
    return "".join(tokens).replace("\0", "")


GOOD = good()

POLICY = "create table t (a int);\ncreate policy p on t using ("
SHAPES: Mapping[str, Callable[[int], str]] = MappingProxyType(
    {
        "parentheses": lambda n: "select " + "(" * n + "1" + ")" * n,
        "open parentheses": lambda n: "select " + "(" * n,
        "sums": lambda n: "select " + "+".join(["1"] * n),
        "joined texts": lambda n: POLICY + " || ".join(["'a'"] * n) + " = 'a')",
        "casts": lambda n: "select a" + "::text" * n,
        "unions": lambda n: "create view v as select 1" + " union select 1" * n,
        "joins": lambda n: "create view v as select 1 from a" + " join b on true" * n,
        "ands": lambda n: POLICY + " and ".join(["a = 1"] * n) + ")",
        "nots": lambda n: POLICY + "not " * n + "true)",
        "mixed": lambda n: POLICY + "a = 1 and (b or " * n + "c" + ")" * n + ")",
        "calls": lambda n: POLICY + "f(" * n + "1" + ")" * n + ")",
        "queries": lambda n: POLICY + "exists (select 1 from t where " * n + "true" + ")" * n + ")",
        "cases": lambda n: "select " + "case when a then " * n + "1" + " end" * n,
        "arrays": lambda n: "select " + "array[" * n + "1" + "]" * n,
        "dimensions": lambda n: "create table t (a int" + "[]" * n + ")",
        "blocks": lambda n: "do $$ begin " + "begin " * n + "grant all on t to anon;" + " end;" * n + " end $$",
        "ifs": lambda n: "do $$ begin " + "if true then " * n + "grant all on t to anon;" + " end if;" * n + " end $$",
        "dollars": lambda n: "".join(f"do $a{m}$ " for m in range(n)),
        "comments": lambda n: "select 1 " + "/*" * n + "*/" * n + ";",
        "open comments": lambda n: "/*" * n,
        "comments in a body": lambda n: "do $$ begin null; " + "/*" * n + "*/" * n + " end $$",
        "signs": lambda n: "select " + "+-" * n + "1",
        "quotes": lambda n: "select " + "''" * n,
        "open quotes": lambda n: "select 'a" + "''" * n,
        "escapes": lambda n: "select e'" + "\\'" * n,
        "identifiers": lambda n: 'create table "' + '""' * n + '" (a int)',
        "lines for psql": lambda n: "\\\n" * n,
        "copies": lambda n: "copy t from stdin;\n" * n,
        "nothing": lambda n: ";" * n,
        "one line": lambda n: "select 1;" * n,
        "refused": lambda n: "create tabel t;\n" * n,
        "begins": lambda n: "create function f() returns int begin atomic " + "begin " * n,
        "rows": lambda n: "insert into t values " + ",".join(["(1, 'a')"] * n),
        "columns": lambda n: "create table t (" + ", ".join(f"c{m} int" for m in range(n)) + ")",
    }
)
