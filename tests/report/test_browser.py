"""The HTML report in a real browser: nothing fails, nothing leaves the page, every part of it works, for everybody."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from gate.config import Config
from gate.outcome import Verdict
from gate.report.html import write_html
from tests.report.chromium import chromium
from tests.report.project import POLICY, REPRODUCER, VERDICT, thousand, write_project
from tests.report.verdicts import BROKEN, COMPLETE, EMPTY, GO

WIDTHS = {"desk": 1280, "phone": 360}
Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Opens the report of a verdict. At the end: no error, no warning, no question, and no request but for the file itself."""
    contexts: list[BrowserContext] = []
    said: list[str] = []
    asked: list[str] = []

    def open_page(verdict: Verdict = VERDICT, *, width: int = 1280, theme: str = "light", script: bool = True) -> Page:
        path = tmp_path / "report.html"
        root = tmp_path / "project"
        if not root.exists():
            write_project(root)
        with path.open("w", encoding="utf-8") as file:
            write_html(verdict, Config(root), file)
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if theme == "dark" else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()

    assert said == []
    assert {url.partition("#")[0] for url in asked} == {(tmp_path / "report.html").as_uri()}


def shown(page: Page, what: str = "article") -> list[str]:
    """The texts of what is to be seen."""
    return page.locator(f"{what}:visible").all_inner_texts()


def flaws(page: Page) -> list[str]:
    """What axe-core has to say."""
    found = Axe().run(page).response["violations"]
    return [f"{flaw['id']}: {node['html'][:200]}" for flaw in found for node in flaw["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(opened: Opened, width: str, theme: str) -> None:
    page = opened(width=WIDTHS[width], theme=theme)
    for summary in page.locator("summary").all():
        summary.click()

    assert flaws(page) == []


@pytest.mark.parametrize("verdict", [BROKEN, GO], ids=["broken", "go"])
def test_axe_finds_nothing_in_others(opened: Opened, verdict: Verdict) -> None:
    assert flaws(opened(verdict)) == []


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_wider_than_the_window(opened: Opened, width: int) -> None:
    for verdict in (VERDICT, BROKEN):
        page = opened(verdict, width=width)
        for summary in page.locator("summary").all():
            summary.click()

        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_awkward_text_is_text(opened: Opened) -> None:
    for verdict in (BROKEN, COMPLETE, EMPTY):
        page = opened(verdict)

        assert page.locator("img").count() == 0
        assert page.locator("script").count() == 1
        assert page.locator("a[href^=javascript]").count() == 0


def test_what_is_not_ours_neither_runs_nor_loads(opened: Opened, browser: Browser, tmp_path: Path) -> None:
    opened()
    path = tmp_path / "changed.html"
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    foreign = "<script>window.foreign = 1</script><img src='http://127.0.0.1:9/x'><link rel=stylesheet href='http://127.0.0.1:9/y'>"
    path.write_text(text.replace("</body>", f"{foreign}</body>"), encoding="utf-8")
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(path.as_uri())

    assert page.evaluate("window.foreign") is None
    assert [sum(word in text for text in refused) for word in ("script", "127.0.0.1:9/x", "127.0.0.1:9/y")] == [1, 1, 1]
    assert all("Content Security Policy" in text for text in refused)
    page.close()


def test_the_verdict_and_the_checks_come_first(opened: Opened) -> None:
    page = opened()

    assert page.title() == "NO-GO · supagate"
    assert page.locator("h1").inner_text() == "NO-GO"
    assert [text.split("\n")[0].split()[0] for text in shown(page, ".check")] == ["audit", "scan", "rls", "smoke"]
    assert "with changes" in page.locator(".tool").inner_text()


def test_a_finding_has_its_lines_and_its_remedy(opened: Opened) -> None:
    page = opened()
    place = page.locator("article", has_text=POLICY.message)

    assert 'create policy "see all" on public.notes for select using (true);' in place.inner_text()
    assert str(POLICY.remedy) in place.inner_text()
    assert place.locator(".line .k").first.inner_text() == "create"


def test_filters_choose_findings(opened: Opened) -> None:
    page = opened()
    form, count = page.locator("#filters"), page.locator("#count")
    chosen = {}
    for name, value in (("check", "rls"), ("severity", "note"), ("rule", "second-run-charged"), ("waived", "no")):
        form.locator(f"[name={name}]").select_option(value)
        chosen[name] = (len(shown(page)), count.inner_text())
        form.locator(f"[name={name}]").select_option("")
    form.locator("[name=text]").fill("others-jobs-listed parameter")
    chosen["one of a rule's"] = (len(shown(page)), count.inner_text())
    form.locator("[name=text]").fill("NOTES policy")
    chosen["text"] = (len(shown(page)), count.inner_text())
    form.locator("[name=check]").select_option("smoke")
    chosen["both"] = (len(shown(page)), count.inner_text())
    form.locator("[name=text]").fill("")
    form.locator("[name=check]").select_option("")

    assert chosen == {
        "check": (2, "2 of 8 shown"),
        "severity": (1, "1 of 8 shown"),
        "rule": (1, "1 of 8 shown"),
        "waived": (7, "7 of 8 shown"),
        "one of a rule's": (1, "1 of 8 shown"),
        "text": (1, "1 of 8 shown"),
        "both": (0, "0 of 8 shown"),
    }
    assert count.inner_text() == "8 shown"
    assert len(shown(page, ".rule")) == 7


def test_a_cell_opens_what_shows_the_leak(opened: Opened) -> None:
    page = opened()
    dialog = page.locator("dialog")
    cell = page.locator("td.leak a")

    assert not dialog.is_visible()
    cell.click()
    assert dialog.is_visible()
    assert page.locator("#leak-text").text_content() == REPRODUCER
    assert page.evaluate("document.activeElement.innerText") == "Close"
    assert flaws(page) == []
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert cell.evaluate("one => one === document.activeElement")
    page.keyboard.press("Enter")
    dialog.get_by_role("link", name="All of the finding").click()
    assert not dialog.is_visible()
    assert page.locator("article:target").inner_text().startswith("any signed-in user reads")


def test_a_link_to_a_hidden_finding_shows_it(opened: Opened) -> None:
    page = opened()
    page.locator("#filters [name=check]").select_option("smoke")
    page.locator("td.leak a").click()
    page.get_by_role("link", name="All of the finding").click()

    page.locator("article:target").wait_for(state="visible")
    assert len(shown(page)) == 8


def test_rows_of_the_matrix_are_chosen(opened: Opened) -> None:
    page = opened()
    form = page.locator("#access-filters")
    form.get_by_label("only what leaks").check()

    assert shown(page, ".matrix tbody th") == ["public.notes owner"]
    form.get_by_label("only what leaks").uncheck()
    form.get_by_label("Name").fill("bucket")
    assert shown(page, ".matrix tbody th") == ["bucket pictures"]
    assert page.locator("#access-count").inner_text() == "1 of 4 shown"


def test_the_words_of_the_matrix(opened: Opened) -> None:
    page = opened()
    rows = [[cell.strip() for cell in row.split("\t")] for row in shown(page, ".matrix tbody tr")]
    cells = {name.split()[0]: words for name, *words in rows}

    assert cells["public.notes"] == ["no", "no", "leak", "warns", "?"]
    assert cells["public.countries"] == ["open", "", "open", "", ""]


def test_copying(opened: Opened) -> None:
    page = opened()
    page.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }")
    copied = []
    page.get_by_role("button", name="Copy what mends it").click()
    copied.append(page.evaluate("copied"))
    page.locator("td.leak a").click()
    page.locator("dialog").get_by_role("button", name="Copy").click()
    copied.append(page.evaluate("copied"))

    assert [text.rstrip("\n") for text in copied] == [POLICY.remedy, REPRODUCER.rstrip("\n")]
    assert page.locator("dialog .copy").inner_text().startswith("Copied")


def test_copying_without_a_clipboard_selects(opened: Opened) -> None:
    page = opened()
    page.evaluate("() => { navigator.clipboard.writeText = async () => { throw new Error('no'); }; }")
    page.evaluate("() => { document.execCommand = () => false; }")
    page.get_by_role("button", name="Copy what mends it").click()

    assert page.evaluate("getSelection().toString()").strip() == POLICY.remedy
    assert page.locator("article .copy").first.inner_text().startswith("Selected")


def test_the_keyboard_reaches_everything(opened: Opened) -> None:
    page = opened()
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("(document.activeElement.name || document.activeElement.innerText || '').split('\\n')[0]")
        )
        if reached[-1] == "See it happen" and "opened" not in reached:
            page.keyboard.press("Enter")
            reached.append("opened")
    page.locator("summary", has_text="run").first.press("Enter")

    assert reached[0] == "Skip to the findings"
    assert {"Findings", "Access", "text", "check", "severity", "rule", "waived", "leaks", "leak", "opened"} <= {
        *reached
    }
    assert page.locator("[data-reproducer]").first.is_visible()


def test_the_timeline_tells_attempts_and_waits(opened: Opened) -> None:
    page = opened()
    run = page.locator("#smoke .time li", has_text="run").nth(0)
    page.locator("#smoke summary", has_text="rerun").click()
    run.locator("summary").click()

    assert "2 requests took 0.40 s, 2.10 s of waiting" in run.inner_text()
    assert "no answer" in page.locator("#smoke .time li", has_text="rerun").inner_text()
    assert "tries at 0.0 s, 1.0 s" in page.locator("#smoke .flat").inner_text()
    assert page.locator("#smoke .flat .try").count() == 2


def test_money_owners_guards_and_doubts(opened: Opened) -> None:
    page = opened()

    assert "a sound backend takes 0 and 0" in page.locator(".money").inner_text()
    assert "key to auth.users" in page.locator("#owners").inner_text()
    assert "75 %" in page.locator("#mutations").inner_text()
    assert "a DO block" in page.locator("#doubts").inner_text()
    assert page.locator(".waiver").text_content() == "Waived until 2999-01-01 by anna: dropped in March"


def test_it_reads_without_scripts(opened: Opened) -> None:
    page = opened(script=False)
    page.locator("td.leak a").click()

    assert len(shown(page)) == 8
    assert page.locator("article:target").inner_text().startswith("any signed-in user reads")


def test_on_paper_everything_is_open(opened: Opened) -> None:
    page = opened()
    page.emulate_media(media="print")

    assert not page.locator("nav").is_visible()
    assert len(page.pdf()) > 10_000
    assert page.locator("details:not([open])").count() == 0


def test_a_thousand_tables(opened: Opened, tmp_path: Path) -> None:
    page = opened(thousand())
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})  # its own time, however busy the machine is
    page.reload()
    spent = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}

    assert (tmp_path / "report.html").stat().st_size < 1_000_000
    assert 0.01 < spent["TaskDuration"] < 1.0
    assert page.locator(".matrix tbody tr").count() == 1_000
    assert page.locator("article").count() > 1_200
    assert "the JSON report has everything" in page.locator("#findings").inner_text()
