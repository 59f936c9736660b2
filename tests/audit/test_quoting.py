"""Names and values are written as the server writes them, and a remedy about an awkward name can be pasted."""

import pytest

from gate.audit.check import AUDIT
from gate.audit.quoting import KEYWORDS, literal, quoted
from gate.audit.replay import split
from gate.migration import Migration, Statement
from gate.page import Example
from gate.rule import load_rules
from tests.audit.judge import Judge

WORDS = [
    *("notes", "Notes", "two words", "order", "user", "select", "name", "value", "_x", "x1", "1x", "", "é", "a-b"),
    *('say "hi"', "semi;colon", "new\nline", "back\\slash", "it's", "percent%s", "dollar$"),
    *sorted(KEYWORDS),
]
AWKWARD = """
create type public."Kind of" as enum ('a');
create table public."Order ""of"" notes" (id uuid primary key, "user" uuid references auth.users, "Body; --" text);
create policy "it's ""mine"" -- really" on public."Order ""of"" notes" for select using (true);
alter table public."Order ""of"" notes" enable row level security;
grant select on public."Order ""of"" notes" to authenticated;
create function public."Pay, now"(who uuid, kind public."Kind of", "more" int[]) returns void
  language sql security definer as $$ update public."Order ""of"" notes" set "user" = who $$;
insert into storage.buckets (id, name, public) values ('it''s \\ mine', 'it''s \\ mine', true);
"""


@pytest.mark.postgres
def test_as_the_server_writes_them(judge: Judge) -> None:
    asked = [f"select 1 / (quote_ident({literal(word)}) = {literal(quoted(word))})::int" for word in WORDS if word]

    assert set(judge.answers([], asked, "anon")) == {""}


@pytest.mark.postgres
def test_remedies_about_awkward_names_are_taken(judge: Judge) -> None:
    example = Example("sql", AWKWARD, frozenset(), 1)
    rules = load_rules(AUDIT.rules_package)
    remedies = {hit.remedy for c in AUDIT.example(example) for rule in rules for hit in rule.judge(c) if hit.remedy}
    lines = "\n".join(sorted(remedies))
    text = f"{AWKWARD}{lines}\n"

    refused, _ = judge.compare_inside(statements(text))

    assert len(remedies) >= 4
    assert refused == []


def statements(text: str) -> list[Statement]:
    return list(split(Migration("20260101000000_awkward.sql", text)))
