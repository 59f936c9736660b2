"""Buckets: whose files they hold, and what strangers may do with another's."""

import pytest

from gate.finding import Severity
from gate.rls.attempt import Attempt
from tests.rls.conftest import Attacked, Attacking
from tests.rls.test_reproducers import shown

pytestmark = pytest.mark.postgres

SQL = """
create table t (id int primary key);
alter table t enable row level security;
insert into storage.buckets (id, name, public, allowed_mime_types) values
  ('open', 'open', false, null), ('own', 'own', false, null), ('shown', 'shown', true, '{application/pdf}'),
  ('backend', 'backend', false, null), ('shut', 'shut', false, null);
create policy a on storage.objects to authenticated using (bucket_id = 'open');
create policy b on storage.objects to authenticated
  using (bucket_id = 'own' and (storage.foldername(name))[1] = auth.uid()::text);
create policy c on storage.objects for select using (bucket_id = 'shown');
create policy d on storage.objects for insert with check (bucket_id = 'shown' and storage.extension(name) = 'pdf');
create policy e on storage.objects for select to authenticated using (bucket_id = 'backend');
create policy f on storage.objects for delete to authenticated using (bucket_id = 'backend');
"""


@pytest.fixture
def done(attacking: Attacking) -> Attacked:
    return attacking(SQL)


def leaks(done: Attacked) -> list[Attempt]:
    return [attempt for attempt in done.attempts if attempt.kind == "bucket" and attempt.leak]


def test_who_can_do_what(done: Attacked) -> None:
    assert [(a.relation.removeprefix("bucket "), a.actor, a.verb, a.detail) for a in leaks(done)] == [
        ("backend", "A", "read", ""),
        ("backend", "A", "remove", "remove"),
        ("open", "A", "read", ""),
        ("open", "A", "overwrite", "overwrite, move and remove"),
        ("shown", "anon", "read", ""),
        ("shown", "anon", "upload", ""),
    ]


def test_what_is_said_of_it(done: Attacked) -> None:
    assert [(f.rule, f.subject, f.severity) for f in done.findings()] == [
        ("others-files-readable", "bucket open read by A", Severity.ERROR),
        ("others-files-writable", "bucket open overwrite by A", Severity.ERROR),
        ("others-files-writable", "bucket shown upload by anon", Severity.ERROR),
        ("others-files-writable", "bucket backend remove by A", Severity.WARNING),
    ]


def test_the_reproducers_show_it(done: Attacked) -> None:
    found = [shown(done, attempt.reproducer or "") for attempt in leaks(done)]

    assert found == ["1 row", "1 row true", "1 row", "1 row true", "1 row", "1 row true"]
