"""The baseline still holds a finding that has been mended.

A baseline may only shrink. A line that stays would hide the finding on the day that it comes back.

```toml
[[baseline]]  # flagged
rule = "rls-disabled"
place = "public.notes"
reason = "known when the gate was adopted"
owner = "baseline"
until = TODAY
```

```toml
# found: rls-disabled public.notes
[[baseline]]
rule = "rls-disabled"
place = "public.notes"
reason = "known when the gate was adopted"
owner = "baseline"
until = TODAY
```

To mend it: `gate baseline` takes the line out.

Peers: none
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rule import rule
from gate.waivers.check import Standing


@rule(Severity.ERROR)
def baseline_outdated(standing: Standing) -> Iterator[Hit]:
    """One finding per line."""
    waiver = standing.waiver
    if waiver.baseline and standing.asked and not standing.covers:
        message = f"nothing is found of {waiver.rule} at {waiver.place!r} any more; `gate baseline` takes the line out"
        yield Hit(standing.place, message, standing.subject)
