"""A waiver names a rule that does not exist.

It accepts nothing: a typing error, or a rule that has another name now.

```toml
[[waive]]  # flagged
rule = "rls-disable"
place = "public.notes"
reason = "no rows yet"
owner = "anna"
until = TODAY
```

```toml
# found: rls-disabled public.notes
[[waive]]
rule = "rls-disabled"
place = "public.notes"
reason = "no rows yet"
owner = "anna"
until = TODAY
```

`not-judged` is no rule and may be waived all the same: it stands for what a check could not judge, such as a migration that
needs an extension which only the platform has. Its place is the name that the report gives, or the file.

To mend it: `gate rules` lists the names.

Peers: none
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rule import rule
from gate.waivers.check import Standing, no_such_rule


@rule(Severity.WARNING)
def waiver_of_unknown_rule(standing: Standing) -> Iterator[Hit]:
    """One finding per waiver."""
    name = standing.waiver.rule
    if name not in standing.rules:
        yield Hit(standing.place, no_such_rule(name, standing.rules), standing.subject)
