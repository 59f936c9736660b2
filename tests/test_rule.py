"""Rules are found by their files; a broken one is named and stops the check."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gate.checks import CHECKS, load_check
from gate.errors import RuleError
from gate.finding import Severity
from gate.rule import load_rules, read_rule

RULE = '''"""It is bad.

```sql
bad  -- flagged
```

```sql
good
```
"""
from gate.finding import Hit, Severity, Span
from gate.rule import rule


@rule(Severity.WARNING)
def it_is_bad(subject):
    yield Hit(Span("a.sql", 1), "bad", "a")
'''

Package = Callable[[dict[str, str]], str]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    def make(files: dict[str, str]) -> str:
        name = f"rules_{tmp_path.name.replace('-', '_')}"
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        for file, text in files.items():
            (folder / file).write_text(text)
        monkeypatch.syspath_prepend(str(tmp_path))
        for module in [module for module in sys.modules if module.startswith(name)]:
            monkeypatch.delitem(sys.modules, module)
        return name

    return make


def test_the_id_is_the_file_s_name(package: Package) -> None:
    (rule,) = load_rules(package({"it_is_bad.py": RULE}))

    assert (rule.id, rule.severity, rule.page.summary) == ("it-is-bad", Severity.WARNING, "It is bad.")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("other_name.py", RULE),
        ("it_is_bad.py", RULE.replace("@rule(Severity.WARNING)\n", "")),
        ("it_is_bad.py", RULE + "\n\nsecond = it_is_bad\n"),
        ("it_is_bad.py", "import no_such_module"),
        ("it_is_bad.py", "this is not python"),
        ("it_is_bad.py", RULE.replace("bad  -- flagged", "bad")),
    ],
    ids=["misnamed", "undecorated", "two rules", "import fails", "syntax", "no flagged example"],
)
def test_a_broken_rule_names_its_file(package: Package, name: str, text: str) -> None:
    with pytest.raises(RuleError, match=name.removesuffix(".py")):
        load_rules(package({name: text}))


@pytest.mark.parametrize("check", CHECKS)
def test_a_rule_is_read_from_its_file_as_it_is_loaded(check: str) -> None:
    package = load_check(check).rules_package
    loaded = load_rules(package)

    assert loaded
    for rule in loaded:
        read = read_rule(package, rule.id)
        assert read is not None
        assert (read.id, read.severity, read.page) == (rule.id, rule.severity, rule.page)


def test_a_rule_that_is_not_there_is_not_read() -> None:
    assert read_rule("gate.audit.rules", "no-such-rule") is None
    assert read_rule("gate.audit.rules", "../check") is None
    assert read_rule("gate.nothing", "rls-disabled") is None
