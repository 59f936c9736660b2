"""Markdown for a comment on a pull request, and for the summary of a GitHub step: short, folded, cut to size."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TextIO

from gate.config import Config
from gate.finding import Finding, Severity
from gate.outcome import Broken, Completed, Outcome, Skipped, Verdict, work_of
from gate.report.about import About, rules_of
from gate.report.markup import block, code, words
from gate.report.together import together
from gate.report.whereabouts import span_of

MARK = "<!-- supagate -->"  # by which a job finds its own comment again
COMMENT = 60_000  # bytes; GitHub takes 65,536 characters in a comment
PLACES = 20  # of one rule
OTHERS = 10  # waived or not judged


def write_markdown(verdict: Verdict, config: Config, file: TextIO) -> None:
    """Write a comment."""
    file.write(markdown(verdict, config, COMMENT))


def markdown(verdict: Verdict, config: Config, limit: int) -> str:
    """The report in at most `limit` bytes; the mildest findings are the first to be left out, and counted."""
    head = f"{MARK}\n" + "\n".join(_head(verdict))
    tail = "\n".join(_tail(verdict))
    blocks = list(_rules(verdict, config))
    left = limit - len((head + tail).encode()) - 200
    shown = []
    while blocks and (left := left - len(blocks[0][1].encode())) > 0:
        shown.append(blocks.pop(0)[1])
    if blocks:
        more = sum(number for number, _ in blocks)
        shown.append(f"\nand {more} more finding{'s' * (more != 1)}, all in the JSON report\n")
    return f"{head}\n{''.join(shown)}{tail}"


def _head(verdict: Verdict) -> Iterator[str]:
    word = verdict.word if verdict.whole else f"{verdict.word} for {', '.join(verdict.required)} alone"
    yield f"## {word}"
    yield ""
    errors = sum(finding.blocks for finding in verdict.findings)
    said = [f"{errors} finding{'s' * (errors != 1)} to mend before release"] if errors else []
    said += [f"{verdict.waived} waived"] if verdict.waived else []
    said += [f"{verdict.unjudged} not judged"] if verdict.unjudged else []
    if verdict.exit_code == 0 and verdict.rehearsal:
        said.append("nothing was proven of the hosted project or of real Replicate")
    said += [text for text in (verdict.model_smoke, verdict.model_traffic) if text]
    if said:
        yield " · ".join(said)
        yield ""
    for reason in verdict.missing:
        yield f"- cannot say: {words(reason)}"
    for one in together(verdict):
        yield f"- {len(one.findings)} of them from {code(f'{one.path}:{one.line}')}: {', '.join(one.rules)}"
    yield ""
    yield "| check | result | errors | warnings | notes | examined | time |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for outcome in verdict.outcomes:
        work = work_of(outcome)
        open_ones = [finding.severity for finding in work.findings if finding.waived is None]
        counts = " | ".join(str(open_ones.count(severity)) for severity in reversed(Severity))
        yield f"| {outcome.check} | {_result(outcome, verdict)} | {counts} | {work.examined:,} | {work.seconds:.1f} s |"
    yield ""


def _result(outcome: Outcome, verdict: Verdict) -> str:
    match outcome:
        case Skipped():
            return "skipped" if outcome.check in verdict.required else "not required"
        case Broken():
            return "**incomplete**"
        case Completed(_, work) if work.examined == 0:
            return "**examined nothing**"
        case Completed(_, work):
            return "**failed**" if any(finding.blocks for finding in work.findings) else "passed"


def _rules(verdict: Verdict, config: Config) -> Iterator[tuple[int, str]]:
    """A folded block per rule, worst first, with the number of its findings."""
    rules = rules_of(verdict)
    open_ones = [finding for finding in verdict.findings if finding.waived is None]

    def by_rule(finding: Finding) -> tuple[int, str, str]:
        return (-finding.severity.rank, finding.check, finding.rule)

    for (_, _, rule), group in groupby(sorted(open_ones, key=by_rule), key=by_rule):
        found = list(group)
        yield len(found), "\n".join(_rule(rules[rule], found, config)) + "\n"


def _rule(about: About, found: Sequence[Finding], config: Config) -> Iterator[str]:
    many = f", {len(found)} places" if len(found) > 1 else ""
    yield f"<details><summary><b>{found[0].severity.value}</b> <code>{about.rule}</code>{many}</summary>"
    yield ""
    if about.gain:
        yield about.gain
        yield ""
    for finding in found[:PLACES]:
        yield f"- {words(finding.message)}"
        yield f"  <br>{code(str(span_of(finding, config)))} {words(finding.subject)}"
    if len(found) > PLACES:
        yield f"- and {len(found) - PLACES} more"
    yield ""
    remedies = list(dict.fromkeys(finding.remedy for finding in found[:PLACES] if finding.remedy))
    if remedies:
        yield "To mend it:"
        yield ""
        yield block("\n".join(remedies), "sql")
        yield ""
    elif about.mend:
        yield f"To mend it: {about.mend}"
        yield ""
    yield f"`gate explain {about.rule}`"
    yield ""
    yield "</details>"


def _tail(verdict: Verdict) -> Iterator[str]:
    waived = [
        f"- {code(f.rule)} {words(f.subject)}: {words(f.waived.reason)} ({words(f.waived.owner)}, until {f.waived.until})"
        for f in verdict.findings
        if f.waived and not f.waived.baseline
    ]
    doubts = [
        f"- {outcome.check}: {words(item.what)}: {words(item.why)}"
        for outcome in verdict.outcomes
        for item in work_of(outcome).unjudged
    ]
    for title, lines in ((f"{verdict.waived} waived", waived), (f"{len(doubts)} not judged", doubts)):
        if lines:
            yield ""
            yield f"<details><summary>{title}</summary>\n"
            yield from lines[:OTHERS]
            if len(lines) > OTHERS:
                yield f"- and {len(lines) - OTHERS} more"
            yield "\n</details>"
    yield ""
    yield f"exit code {verdict.exit_code}"
    yield ""
