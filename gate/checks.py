"""The checks, written down: what is few and different is not discovered."""

import importlib
from types import MappingProxyType
from typing import cast

from gate.check import Check

# Names of modules and not the checks themselves, so that one check alone does not load the engines of the others.
CHECKS = MappingProxyType(
    {
        "audit": ("gate.audit.remembered", "AUDIT"),
        "scan": ("gate.scan.check", "SCAN"),
        "rls": ("gate.rls.check", "RLS"),
        "smoke": ("gate.smoke.check", "SMOKE"),
        "waivers": ("gate.waivers.check", "WAIVERS"),  # looks at the outcomes of the four, see `gate/report/judge.py`
    }
)


def load_check(name: str) -> Check:
    """The check of that name, its modules loaded now."""
    module, attribute = CHECKS[name]
    return cast("Check", getattr(importlib.import_module(module), attribute))
