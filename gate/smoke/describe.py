"""What the smoke will ask of a backend, before it asks: the contract, the steps with their requests, the probes with their cost."""

import json
from collections.abc import Sequence

from gate.config import SmokeConfig
from gate.smoke.contract import STEPS, USUAL, Contract
from gate.smoke.probes import CHAINS
from gate.smoke.probes.probe import Cost, total

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
    steps = [{"step": name, "what": what, "requests": _requests(said, name)} for name, what in STEPS.items()]
    every = [probe for chain in CHAINS for probe in chain]
    probes = [{"probe": one.name, "question": one.question, "cost": one.cost(said)._asdict()} for one in every]
    cost = Cost(said.prices.get(said.kind, 0), 1)
    most = total([one.cost(said) for one in every])
    contract = _contract(said)
    if as_json:
        whole = {"version": 1, "contract": contract, "steps": steps, "probes": probes}
        return json.dumps(whole | {"steps_cost": cost._asdict(), "probes_cost": most._asdict()}, indent=2)
    lines = ["The contract, as [tool.gate.smoke] says it:", ""]
    lines += _table([(name, words) for name, words in contract.items()])
    lines += ["", f"The seven steps, on a job of kind {said.kind!r}; a sound backend spends {cost}:", ""]
    lines += _table([(name, what, ", ".join(_requests(said, name)) or "storage") for name, what in STEPS.items()])
    lines += ["", f"The probes of a rehearsal; a sound backend spends at most {most}, none of it real:", ""]
    lines += _table([(one.name, str(one.cost(said)), one.question) for one in every])
    anywhere = ", ".join(one.name for one in every if one.anywhere)
    lines += ["", f"Of a backend that runs already {anywhere} are asked as well; they spend nothing."]
    return "\n".join(lines)


def _contract(said: SmokeConfig) -> dict[str, str]:
    """Where each of our words is found in the backend's answers, and what else it calls by names of its own."""
    told = {name: said.fields.get(name) or " or ".join(usual) for name, usual in USUAL.items()}
    return {
        **{f"a job's {name}": told[name] for name in ("id", "status", "output", "category")},
        "the balance": told["balance"],
        "whose account": f"{told['user']}, where tokens do not say it",
        "succeeded": ", ".join(said.succeeded),
        "failed": ", ".join(said.failed),
        "input": said.input,
        "output": f"{said.output}…",
        "prices": ", ".join(f"{kind} {price}" for kind, price in said.prices.items()),
        "gives up after": f"{said.gives_up:g} s" if said.gives_up else "not said, and not tried",
    }


def _requests(said: SmokeConfig, step: str) -> list[str]:
    return [_request(said, route) for route in dict.fromkeys(ASKED[step])]


def _request(said: SmokeConfig, route: str) -> str:
    body = f" {json.dumps(Contract(said).new_job(said.kind, said.input))}" if route == "create" else ""
    return f"{getattr(said, route)}{body}"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
