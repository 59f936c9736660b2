"""An output is kept outside its owner's folder.

Storage policies and clean-up go by the folder: a file of A's in another place is read by others, or outlives A's account. An
address of the provider's counts as well: it dies within the hour, and whoever has it has the picture.

```defect
output-outside-own-folder
```

```defect
vendor-url-handed-through
```

To mend it: keep what the model made as `outputs/{user_id}/{name}`. Another pattern is said in `output` in `[tool.gate.smoke]`.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.step import Output, Step


@rule(Severity.ERROR)
def output_outside_own_folder(step: Step) -> Iterator[Hit]:
    """Outputs whose path is not a plain file of the owner's folder."""
    output = step.learnt
    if not isinstance(output, Output):
        return
    name = output.path.removeprefix(output.folder)
    if name == output.path or not name or ".." in name.split("/") or "//" in output.path:
        message = f"A's output is {output.path.partition('?')[0]!r}, which is not a file below {output.folder!r}"
        yield Hit(Target(step.place), message, f"{step.name} path")
