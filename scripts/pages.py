"""Write docs/rules/, the table of rules, the configuration's schema and the manual page; `--check` only compares."""

import difflib
import sys
from pathlib import Path

from gate.check import Check
from gate.report.rules import every_rule
from gate.rule import Rule
from scripts.config_schema import schema_file
from scripts.manual import manual

DOCS = Path(__file__).resolve().parent.parent / "docs"


def page(check: Check, rule: Rule) -> str:
    """One rule's page in Markdown."""
    command = "smoke run-all" if check.name == "smoke" else check.name
    return f"# {rule.id}\n\n`{rule.severity}`, asked by `gate {command}`.\n\n{rule.page.text}\n"


def index(rules: list[tuple[Check, Rule]]) -> str:
    """The list of all rules."""
    lines = ["# Rules", "", "Written by `python scripts/pages.py` from the rules themselves.", ""]
    for name in dict.fromkeys(check.name for check, _ in rules):
        lines += [f"## {name}", "", "| rule | severity | what is wrong |", "|---|---|---|"]
        lines += [
            f"| [{r.id}](rules/{r.id}.md) | {r.severity} | {r.page.summary} |" for c, r in rules if c.name == name
        ]
        lines.append("")
    return "\n".join(lines)


def wanted() -> dict[Path, str]:
    """Every generated file with its text."""
    rules = every_rule()
    files = {DOCS / "rules" / f"{rule.id}.md": page(check, rule) for check, rule in rules}
    files[DOCS / "rules.md"] = index(rules)
    files[DOCS / "gate.1"] = manual()
    files |= dict([schema_file(DOCS)])
    return files


def main() -> int:
    """Write the pages, or with --check say what differs; 1 when something does."""
    files = wanted()
    stale = sorted(set((DOCS / "rules").glob("*.md")) - set(files))
    if "--check" not in sys.argv[1:]:
        (DOCS / "rules").mkdir(parents=True, exist_ok=True)
        for path in stale:
            path.unlink()
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
        print(f"{len(files)} pages written")
        return 0
    different = list(stale)
    for path, text in files.items():
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if old != text:
            different.append(path)
            print(
                "\n".join(
                    difflib.unified_diff(
                        old.splitlines(), text.splitlines(), str(path.name), "generated", lineterm="", n=1
                    )
                )
            )
    if different:
        print(f"{len(different)} pages differ: run `python scripts/pages.py`")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
