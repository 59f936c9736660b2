"""Pages: what is read from a docstring, and what is refused."""

import pytest

from gate.errors import RuleError
from gate.page import read_page

GOOD = """A table is open.

```sql
create table a ();  -- flagged
create table b ();
```

```sql
create table c ();
```
"""


def test_summary_and_flags_are_read() -> None:
    page = read_page(GOOD, where="x")

    assert page.summary == "A table is open."
    assert [sorted(example.flagged) for example in page.examples] == [[1], []]
    assert [example.language for example in page.examples] == ["sql", "sql"]


@pytest.mark.parametrize("ending", ["-- flagged", "// flagged", "# flagged", "<!-- flagged -->", "/* flagged */"])
def test_any_comment_may_flag(ending: str) -> None:
    page = read_page(f"S.\n\n```x\nbad {ending}\n```\n\n```x\ngood\n```\n", where="x")

    assert page.examples[0].flagged == {1}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "no page"),
        ("Summary only.", "no flagged example"),
        ("S.\n\n```sql\na -- flagged\n```\n", "no clean example"),
        ("S.\n\n```sql\na -- flagged\n", "not closed"),
    ],
)
def test_a_page_that_proves_nothing_is_refused(text: str | None, complaint: str) -> None:
    with pytest.raises(RuleError, match=complaint):
        read_page(text, where="gate.x.rules.y")


def test_a_defect_is_example_enough() -> None:
    assert read_page("S.\n\n```defect\ncharge-on-rerun\n```\n", where="x").examples[0].language == "defect"
