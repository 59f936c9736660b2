"""Rules: one file each, named after the problem, found by walking a package."""

import ast
import importlib
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.errors import RuleError
from gate.finding import Hit, Severity
from gate.page import Page, read_page

DOCSTRING = re.compile(r'r?""".*?"""', re.DOTALL)
SEVERITY = re.compile(r"^@rule\(Severity\.(\w+)\)$", re.MULTILINE)
Judge = Callable[[Any], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named judgement. `judge` is put to each subject of the check and yields hits."""

    id: str
    severity: Severity
    page: Page
    judge: Judge


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A decorated function that has not been tied to its file yet."""

    severity: Severity
    judge: Judge


def rule(severity: Severity) -> Callable[[Judge], Unplaced]:
    """Mark the one function of a rule file. Nothing is registered: `load_rules` finds it."""
    return lambda judge: Unplaced(severity, judge)


def load_rules(package: str) -> tuple[Rule, ...]:
    """Load every rule of a package, in the order of their ids.

    Raises RuleError naming the file: a gate that skips a broken rule would answer with fewer rules than it claims.
    """
    folder = importlib.import_module(package)
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    return tuple(_load(f"{package}.{name}") for name in names)


def read_rule(package: str, name: str) -> Rule | None:
    """A rule as its file describes it, without its code, which is not loaded: it cannot judge. None for an unknown one."""
    spec = importlib.util.find_spec(package)
    path = Path(next(iter(spec.submodule_search_locations or ()), "") if spec else "") / f"{name.replace('-', '_')}.py"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    docstring, severity = DOCSTRING.match(text), SEVERITY.search(text)
    if not docstring or not severity:
        return None
    page = read_page(ast.literal_eval(docstring.group()), where=f"{package}.{path.stem}")
    return Rule(name, Severity[severity.group(1)], page, _nothing)


def _nothing(_subject: object) -> Iterator[Hit]:
    return iter(())


def _load(module_name: str) -> Rule:
    try:
        module = importlib.import_module(module_name)
    except Exception as fault:  # a rule file may fail in any way; say which one
        sys.modules.pop(module_name, None)
        raise RuleError(f"{module_name}: the rule cannot be loaded ({type(fault).__name__}: {fault})") from fault
    stem = module_name.rpartition(".")[2]
    found = {name: value for name, value in vars(module).items() if isinstance(value, Unplaced)}
    if list(found) != [stem]:
        raise RuleError(f"{module_name}: expected exactly one rule, called {stem}; found {sorted(found) or 'none'}")
    unplaced = found[stem]
    page = read_page(module.__doc__, where=module_name)
    return Rule(stem.replace("_", "-"), unplaced.severity, page, unplaced.judge)
