"""A stand-in for Replicate's HTTP API with faults on demand and a ledger of what it was asked."""

from gate.standin.replicate.faults import FAULTS, Fault
from gate.standin.replicate.server import ReplicateStandIn

__all__ = ["FAULTS", "Fault", "ReplicateStandIn"]
