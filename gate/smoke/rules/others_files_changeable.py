"""A user writes, overwrites, moves or deletes somebody else's files.

B puts a picture into A's folder, swaps the one that A uploaded, or removes what A has paid for.

```defect
others-files-changeable
```

To mend it: let the policies for insert, update and delete on `storage.objects` compare the path's first folder with
`auth.uid()`, in `using` and in `with check`.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.files import Touched
from gate.smoke.step import Step


@rule(Severity.ERROR)
def others_files_changeable(step: Step) -> Iterator[Hit]:
    """Files of A's that were others after B had tried."""
    touched = step.learnt
    if isinstance(touched, Touched) and touched.deed in {"add", "overwrite", "move", "delete"} and touched.effect:
        message = f"B could {touched.deed} a file in A's folder of the bucket {touched.bucket!r}"
        yield Hit(Target("storage as B"), message, f"{step.name} {touched.bucket} {touched.deed}")
