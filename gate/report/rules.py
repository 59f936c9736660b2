"""`gate rules` and `gate explain`: the rules' pages, as text and as JSON."""

import json
import re

from gate.check import Check
from gate.checks import CHECKS, load_check
from gate.config import nearest
from gate.errors import UsageError
from gate.rule import Rule, load_rules


def every_rule(check: str | None = None) -> list[tuple[Check, Rule]]:
    """Every rule with its check, in the order of the checks."""
    if check is not None and check not in CHECKS:
        raise UsageError(f"no check is called {check!r}; {nearest(check, tuple(CHECKS))}")
    loaded = [load_check(name) for name in ([check] if check else CHECKS)]
    return [(one, rule) for one in loaded for rule in load_rules(one.rules_package)]


def list_rules(check: str | None, *, as_json: bool) -> str:
    """A line per rule: id, severity, summary."""
    rules = every_rule(check)
    if as_json:
        rows = [
            {"rule": r.id, "check": c.name, "severity": r.severity.value, "summary": r.page.summary} for c, r in rules
        ]
        return json.dumps({"version": 1, "rules": rows}, indent=2)
    width = max((len(rule.id) for _, rule in rules), default=0)
    lines = []
    last = None
    for one, rule in rules:
        if one.name != last:
            lines += ([""] if last else []) + [f"{one.name}: {one.summary}"]
            last = one.name
        lines.append(f"  {rule.id:<{width}}  {rule.severity.value:<7}  {rule.page.summary}")
    return "\n".join(lines)


def explain_rule(name: str, *, as_json: bool) -> str:
    """A rule's page, whole."""
    rules = {rule.id: (one, rule) for one, rule in every_rule()}
    found = rules.get(name)
    if found is None:
        like = tuple(rule for rule in rules if name.lower() in rule) if len(name) > 2 else ()
        hint = f"there are {', '.join(like)}" if len(like) > 1 else nearest(name, like or tuple(rules))
        raise UsageError(f"no rule is called {name!r}; {hint if len(hint) < 200 else '`gate rules` lists them'}")
    one, rule = found
    if as_json:
        page = {"rule": rule.id, "check": one.name, "severity": rule.severity.value, "page": rule.page.text}
        return json.dumps({"version": 1} | page, indent=2)
    # Blocks that name a flaw of the demo are for its tests; to a reader they say nothing.
    text = re.sub(r"```defect\n.*?\n```\n+", "", rule.page.text, flags=re.DOTALL)
    return f"{rule.id}  ({one.name}, {rule.severity.value})\n\n{text}"
