"""A user, or anybody at all, downloads somebody else's output.

The picture that A paid for is open to B, by A's path or by the bucket's public address.

```defect
others-output-readable
```

```defect
others-files-signed
```

To mend it: keep the bucket private, and let a policy on `storage.objects` compare the path's first folder with `auth.uid()`.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.files import Touched
from gate.smoke.step import Seen, Step


@rule(Severity.ERROR)
def others_output_readable(step: Step) -> Iterator[Hit]:
    """Outputs of A's that storage gave to B or to the public."""
    if isinstance(step.learnt, Seen) and step.learnt.output:
        message = "B, or anybody at all, downloads A's output from storage"
        yield Hit(Target("storage as B"), message, f"{step.name} output")
    if isinstance(step.learnt, Touched) and step.learnt.deed in {"list", "sign"} and step.learnt.effect:
        message = f"B could {step.learnt.deed} a file in A's folder of the bucket {step.learnt.bucket!r}"
        yield Hit(Target("storage as B"), message, f"{step.name} {step.learnt.bucket} {step.learnt.deed}")
