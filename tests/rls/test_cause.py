"""What let a leak through is named: one policy of several, several, or row security that is off."""

import pytest

from tests.rls.conftest import Attacking

pytestmark = pytest.mark.postgres

SQL = """
create table t{number} (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table t{number} enable row level security;
create policy own on t{number} using (user_id = auth.uid());
"""
CAUSES = {
    1: ("create policy a on t1 for select using (true);", "policy 'a' on public.t1"),
    2: (
        "create policy a on t2 for select using (true); create policy b on t2 for select using (body is not null or true);",
        "policy 'a' on public.t2 and 1 more",
    ),
    3: ("alter table t3 disable row level security;", "public.t3 without row level security"),
    4: (
        'create policy a on t4 as restrictive using (true); create policy "it\'s b" on t4 for select using (true);',
        "policy 'it's b' on public.t4",
    ),
    5: (
        "create policy a on t5 for select to anon using (true); create policy b on t5 for select to authenticated using (true);",
        "policy 'a' on public.t5",
    ),
}


def test_the_cause_is_found_by_leaving_each_policy_alone(attacking: Attacking) -> None:
    sql = "".join(SQL.format(number=number) + more for number, (more, _) in CAUSES.items())
    findings = attacking(sql).findings()
    found = {
        f.subject.partition(" ")[0]: f.place.name
        for f in findings
        if f.rule == "others-rows-readable" and hasattr(f.place, "name")
    }

    assert found == {f"public.t{number}": cause for number, (_, cause) in CAUSES.items()}
