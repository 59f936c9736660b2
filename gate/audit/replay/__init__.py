"""The replay: migrations in, the catalog that Postgres would hold out. The only place that knows the SQL parser."""

from gate.audit.replay.fold import replay
from gate.audit.replay.regimes import explicit
from gate.audit.replay.splitter import split

__all__ = ["explicit", "replay", "split"]
