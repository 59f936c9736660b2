"""The probes: what is tried beyond the seven steps. Each says what it saw; the rules say what that means."""

from gate.smoke.probes import accounts, api, failures, files, inputs, money, others, races, tokens, webhooks
from gate.smoke.probes.probe import Probe

Chains = tuple[tuple[Probe, ...], ...]
# Chains run side by side, because most of a probe's time is waiting; within a chain one comes after the other. The order
# is the order of the report.
CHAINS: Chains = (
    (tokens.PROBE, others.PROBE, files.PROBE, api.PROBE, accounts.PROBE),
    (inputs.PROBE, money.FIELDS, money.KINDS),
    (races.SAME_JOB, races.MANY_JOBS, money.EMPTY),
    (failures.REFUNDS,),
    (failures.LOST,),
    (failures.PATIENCE,),
    (webhooks.PROBE,),
)
