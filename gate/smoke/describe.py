"""What the smoke will ask of a backend, before it asks: steps with their requests, then probes with their questions."""

import json

from gate.config import SmokeConfig
from gate.smoke.contract import STEPS
from gate.smoke.probes import CHAINS
from gate.smoke.words import count

ASKED = {
    "bootstrap": ("bootstrap",),
    "input": (),
    "create": ("create",),
    "run": ("credits", "run", "show", "credits"),
    "rerun": ("credits", "run", "credits"),
    "output": ("show",),
    "isolation": ("list", "list", "show"),
}


def describe(said: SmokeConfig, *, as_json: bool) -> str:
    """The plan as a table, or as JSON."""
    steps = [
        {"step": name, "what": what, "requests": [str(getattr(said, route)) for route in dict.fromkeys(ASKED[name])]}
        for name, what in STEPS.items()
    ]
    probes = [{"probe": probe.name, "question": probe.question} for chain in CHAINS for probe in chain]
    cost = {"credits": said.prices.get(said.kind, 0), "predictions": 1}
    if as_json:
        return json.dumps({"version": 1, "steps": steps, "probes": probes, "steps_cost": cost}, indent=2)
    width = max(len(str(row["what"])) for row in steps)
    lines = [f"The seven steps, on a job of kind {said.kind!r}; a sound backend spends {words_of(cost)}:", ""]
    lines += [f"  {row['step']:<10} {row['what']:<{width}}  {', '.join(row['requests']) or 'storage'}" for row in steps]
    lines += ["", "The probes, in a rehearsal alone; they spend nothing real:", ""]
    lines += [f"  {row['probe']:<13} {row['question']}" for row in probes]
    return "\n".join(lines)


def words_of(cost: dict[str, int]) -> str:
    """`1 credit, 2 predictions`."""
    return ", ".join(count(number, name.removesuffix("s")) for name, number in cost.items())
