"""An output cannot be used by the one who paid for it.

It is missing or withheld from its owner, is no picture (an expired address answers with a page), or is the input once more.

```defect
output-unusable
```

To mend it: fetch the output before it expires, look at what it is, store it for its owner to read, and treat a job without
one as failed and refund it.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.step import Output, Step

WORDS = {
    "no picture": "is no picture",
    "same as the input": "is the input once more",
    "not readable": "is not there for A to read",
}


@rule(Severity.ERROR)
def output_unusable(step: Step) -> Iterator[Hit]:
    """Outputs in the right place that are not what they should be."""
    output = step.learnt
    if isinstance(output, Output) and output.content in WORDS:
        message = f"A's output {output.path!r} {WORDS[output.content]}"
        yield Hit(Target(step.place), message, f"{step.name} content")
