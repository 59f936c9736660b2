"""Any text at all in every form of markup: it comes out as text, and nothing else comes of it."""

import io
import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gate.config import Config
from gate.finding import Finding, Severity, Target, fingerprint
from gate.outcome import Broken, Verdict, Work
from gate.report.github import write_annotations
from gate.report.html import write_html
from gate.report.junit import write_junit
from gate.report.markup import block, code, words
from gate.report.plain import plain
from tests.report.tags import Tags

SIGNS = list("`*_-+#=<>&|~[]()!:@.,;'\"\\/%{}$^ \t\n\r0123456789aZé\x00\x1b\x85\u202e\u2028\ud800\ufffe\U0001f600")
SNIPPETS = [
    "::error::",
    "##[add-mask]",
    "]]>",
    "</script>",
    "<!--",
    "-->",
    "http://x.y",
    "www.x",
    "1. ",
    "- ",
    "# ",
    "&lt;",
    "<b>",
    "<img src=x>",
    "```",
]
TEXT = st.lists(st.sampled_from(SIGNS) | st.sampled_from(SNIPPETS) | st.text(max_size=3), max_size=25).map("".join)
RENDER = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render
QUICK = settings(max_examples=150, deadline=None, derandomize=True)


def verdict(text: str) -> Verdict:
    mark = fingerprint("r", text, "")
    found = Finding("rls-disabled", "audit", Severity.ERROR, Target(text), text, text, mark, text or None, text or None)
    return Verdict((Broken("audit", text, Work(1, (found,))),), ("audit",))


@QUICK
@given(TEXT)
@example("# x")
@example("1) x")
@example("- x")
@example("===")
def test_words_in_a_list(text: str) -> None:
    tags = Tags(RENDER(f"- {words(text)}\n- end\n"))

    assert {*tags.found} <= {"ul", "li"}
    assert " ".join(tags.text.split()) == " ".join(f"{plain(text)} end".split())


@QUICK
@given(TEXT)
def test_code_in_a_table(text: str) -> None:
    tags = Tags(RENDER(f"| a | b |\n|---|---|\n| {code(text)} | x |\n"))

    assert {*tags.found} <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert tags.found["td"] == 2


@QUICK
@given(TEXT)
def test_a_block_of_code(text: str) -> None:
    tags = Tags(RENDER(f"{block(text, 'sql')}\n\nend\n"))

    assert tags.found == Counter({"pre": 1, "code": 1, "p": 1})


@QUICK
@given(TEXT)
def test_an_annotation_is_one_line_that_says_the_text(text: str) -> None:
    file = io.StringIO()
    write_annotations(verdict(text), Config(Path("/nowhere")), file)
    lines = file.getvalue().split("\n")
    message = lines[1].partition("::")[2].partition("::")[2]

    assert [line.partition(" ")[0] for line in lines] == ["::error", "::error", ""]
    assert unquote(message).startswith(plain(text, lines=True))
    assert re.fullmatch(r"::error file=[^,:]+,line=\d+(?:,\w+=\d+)*,title=[^,:]+::.*", lines[1])


@QUICK
@given(TEXT)
def test_junit_is_xml(text: str) -> None:
    file = io.StringIO()
    write_junit(verdict(text), Config(Path("/nowhere")), file)
    root = ET.fromstring(file.getvalue())

    assert len(list(root.iter("failure"))) == 1
    assert len(list(root.iter("error"))) == 1


@settings(max_examples=40, deadline=None, derandomize=True)
@given(TEXT.filter(bool))
@example('<img src=x>"><b>')
def test_a_page_has_the_tags_of_any_other(text: str) -> None:
    pages = []
    for one in (text, "a"):
        file = io.StringIO()
        write_html(verdict(one), Config(Path("/nowhere")), file)
        pages.append(Tags(file.getvalue()).found)
    spans, lines = (dict(page.items() - {("span", page["span"])}) for page in pages)

    assert spans == lines
