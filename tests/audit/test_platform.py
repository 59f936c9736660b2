"""What a replay starts from is what the look-alike holds before the first migration."""

import pytest

from gate.audit.catalog import Name
from gate.audit.replay import replay
from tests.audit.judge import CONFIG, Judge
from tests.audit.pictures import EXTENSION_HOMES, Key, of_catalog

pytestmark = pytest.mark.postgres
# Partitions are the platform's own affair; indexes, sequences and types of its tables are not asked of a replay.
LEFT_OUT = {"primary key", "constraint", "index", "sequence", "type", "type grants"}


def wanted(key: Key) -> bool:
    return (
        key[0] not in LEFT_OUT
        and not key[1].startswith(("realtime.messages_all", "extensions."))
        and not (key[0] == "owner" and key[1].endswith("_seq"))
        and key[1].partition(".")[0] not in EXTENSION_HOMES
    )


def test_the_start_is_the_platform(judge: Judge) -> None:
    server = {key: value for key, value in judge.before().items() if wanted(key)}
    ours = {key: value for key, value in of_catalog(replay((), CONFIG, judge.regime)).items() if wanted(key)}

    assert sorted(set(server) ^ set(ours)) == []
    assert [(key, server[key], ours[key]) for key in sorted(server) if server[key] != ours[key]] == []


def test_what_the_platform_granted_cannot_be_revoked_by_a_migration(judge: Judge) -> None:
    catalog = replay((), CONFIG, judge.regime)
    acl = catalog.tables[Name("storage", "objects")].acl
    acl.revoke("anon", {"DELETE"})

    assert "DELETE" in acl.grants["anon"]
