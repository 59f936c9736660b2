"""Markdown: what a platform makes of it holds our markup, and nothing of what stands in the judged project."""

import io
from pathlib import Path

from markdown_it import MarkdownIt

from gate.config import Config
from gate.finding import Finding, Severity, Target, fingerprint
from gate.outcome import Completed, Verdict, Work
from gate.report.markdown import COMMENT, write_markdown
from gate.report.markup import block, code, words
from tests.report.tags import Tags
from tests.report.verdicts import AWKWARD, BROKEN, COMPLETE


class Marks(Tags):
    """The attributes as well."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        for name, _ in attrs:
            self.found[f"{tag} {name}"] += 1


def shown(text: str) -> Marks:
    return Marks(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text))


def written(verdict: Verdict, root: Path) -> str:
    file = io.StringIO()
    write_markdown(verdict, Config(root), file)
    return file.getvalue()


def test_awkward_text_makes_no_markup(tmp_path: Path) -> None:
    ours = {
        "h2",
        "p",
        "ul",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "strong",
        "details",
        "summary",
        "b",
        "code",
    }
    ours |= {"br", "pre", "th style", "td style", "code class"}
    for verdict in (BROKEN, COMPLETE):
        tags = shown(written(verdict, tmp_path))

        assert {*tags.found} <= ours
        assert "<img src=x onerror=alert(1)>" in tags.text


def test_words_read_as_they_are() -> None:
    tags = shown(words(AWKWARD))

    assert [*tags.found] == ["p"]
    assert '##[add-mask]a <b> & "q" [bold]no[/bold]' in tags.text
    assert "[l](javascript:alert(1)) `c` ``` @octocat http://evil.example {{ 7*7 }} | ]]>" in tags.text


def test_nobody_is_called_and_nothing_is_linked() -> None:
    text = words(f"see www.evil.example, #12 and {AWKWARD}")

    assert not any(call in text for call in ("@octocat", "http://evil", "www.evil", "#12"))


def test_code_and_blocks_end_where_they_should() -> None:
    assert shown(code("a ``b`` `c")).text.strip() == "a ``b`` `c"
    assert shown(block("select 1;\n```\n# no heading", "sql")).found["h1"] == 0


def test_a_comment_is_short_enough(tmp_path: Path) -> None:
    found = tuple(
        Finding(f"r{n % 99}", "audit", Severity.ERROR, Target("t"), "m" * 900, f"s{n}", fingerprint("r", str(n), ""))
        for n in range(2_000)
    )
    text = written(Verdict((Completed("audit", Work(1, found)),), ("audit",)), tmp_path)

    assert len(text.encode()) <= COMMENT
    assert "more findings, all in the JSON report" in text
    assert "exit code 1" in text
    assert text.count("<details>") == text.count("</details>")
