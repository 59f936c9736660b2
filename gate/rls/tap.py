"""A reproducer as a pgTAP test: it fails today, and passes once the leak is closed, by whatever means.

For `supabase test db`: the file goes to supabase/tests/database. It plants the same rows and makes the same request.
"""

from gate.rls.reproducer import ATTACK, EFFECT, OUTCOME, ROWS
from gate.rls.statements import literal

HEAD = """\
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(1);
"""
# A refusal may be no row or an error. A constraint complains about what row security had let pass.
BLOCK = """
declare number bigint := 0;
begin
  begin
    execute {statement};
    {count}
  exception
    when integrity_constraint_violation then number := 1;
    when invalid_object_definition or statement_too_complex then number := -1;
    when others then number := 0;
  end;
  perform set_config('gate.rows', number::text, true);
end
"""
SEEN = """
declare seen boolean;
begin
  begin
    execute {query} into seen;
  exception when others then seen := false;
  end;
  perform set_config('gate.effect', (seen and current_setting('gate.rows') <> '0')::text, true);
end
"""
END = """\
select * from finish();
rollback;
"""


def as_test(reproducer: str, message: str) -> str | None:
    """The test of a reproducer as `Reproducer.text` writes it; None of any other text."""
    planting, made, attack = reproducer.partition(f"\n{ATTACK}: ")
    if not made:
        return None
    attack, _, effect = attack.partition(f"\n{EFFECT}\n")
    who, role, claims, request = attack.split("\n", 3)
    statement, _, outcome = request.rpartition(OUTCOME)
    title, _, rows = planting.partition("\nbegin;\n")
    # Whoever probes for a value learns from the refusal, and nothing from a row of the own.
    count = "" if ": probe " in title else "get diagnostics number = row_count;"
    lines = [title, HEAD + rows, f"{ATTACK}: {who}", role, claims]
    lines.append(f"do {literal(BLOCK.format(statement=literal(statement), count=count))};")
    wanted = f"is(current_setting('gate.rows'), '0', {literal(message)})"
    if effect and ROWS.fullmatch(outcome.partition("\n")[0]):
        *witness, proof = effect.removesuffix("\nrollback;\n").rsplit("\n", 1)
        query = proof.rpartition(OUTCOME)[0]
        lines += ["\n".join(witness), f"do {literal(SEEN.format(query=literal(query)))};"]
        wanted = f"is(current_setting('gate.effect'), 'false', {literal(message)})"
    return "\n".join([*lines, "reset role;", f"select {wanted};", END])
