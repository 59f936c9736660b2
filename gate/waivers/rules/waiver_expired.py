"""A waiver's last day has passed: what it accepted is open again.

A waiver is a loan: somebody has said until when. From that day on the finding blocks as if nobody had accepted it.

```toml
# days later: 91
# found: policy-always-true-read public.countries policy read
[[waive]]  # flagged
rule = "policy-always-true-read"
place = "public.countries policy read"
reason = "countries are public; public_tables comes with the next release"
owner = "anna"
until = TODAY
```

Its last day still counts.

```toml
# found: policy-always-true-read public.countries policy read
[[waive]]
rule = "policy-always-true-read"
place = "public.countries policy read"
reason = "countries are public; public_tables comes with the next release"
owner = "anna"
until = TODAY
```

To mend it: mend the finding and delete the waiver, or give it a new day and a reason that still holds.

Peers: none
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rule import rule
from gate.waiver import today
from gate.waivers.check import Standing


@rule(Severity.WARNING)
def waiver_expired(standing: Standing) -> Iterator[Hit]:
    """One finding per waiver; what it covered blocks by itself."""
    waiver = standing.waiver
    if waiver.expired(today()):
        open_again = (
            f"; {standing.covers} finding{'s' * (standing.covers != 1)} are open again" if standing.covers else ""
        )
        message = (
            f"the waiver of {waiver.rule} at {waiver.place!r} ended on {waiver.until} ({waiver.owner}){open_again}"
        )
        yield Hit(standing.place, message, standing.subject)
