"""A waiver covers nothing any more.

What it accepted is gone. Left in place, it would hide the finding on the day that it comes back. Only a whole run in which the
rule's check completed can say so.

```toml
[[waive]]  # flagged
rule = "rls-disabled"
place = "public.notes"
reason = "no rows yet"
owner = "anna"
until = TODAY
```

One that covers a finding is in use.

```toml
# found: rls-disabled public.notes
[[waive]]
rule = "rls-disabled"
place = "public.notes"
reason = "no rows yet"
owner = "anna"
until = TODAY
```

To mend it: delete it.

Peers: none
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rule import rule
from gate.waiver import today
from gate.waivers.check import Standing


@rule(Severity.ERROR)
def waiver_unused(standing: Standing) -> Iterator[Hit]:
    """One finding per waiver that is still in force."""
    waiver = standing.waiver
    if not waiver.baseline and standing.asked and not standing.covers and not waiver.expired(today()):
        changed = "; with the statement its fingerprint changes" if waiver.fingerprint else ""
        yield Hit(standing.place, f"nothing is found of {waiver.rule} at {waiver.place!r}{changed}", standing.subject)
