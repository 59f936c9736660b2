"""Running one job several times at the same moment makes the backend crash.

A double click shows an error of the server's: people run the job again, and nobody knows what the crash left half done.

```defect
simultaneous-runs-crash
```

To mend it: whoever loses the claim answers with the job as it is, or with 409.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.races import SameJob
from gate.smoke.step import Step
from gate.smoke.words import count


@rule(Severity.ERROR)
def simultaneous_runs_crash(step: Step) -> Iterator[Hit]:
    """Volleys on one job that were answered with 5xx, or broke."""
    race = step.learnt
    if isinstance(race, SameJob) and race.crashed:
        message = f"one job, run {race.ways} times at the same moment, gave {count(race.crashed, 'answer')} with 5xx"
        yield Hit(Target("POST /api/jobs/{id}/run"), message, f"{step.name} crashed")
