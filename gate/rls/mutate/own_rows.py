"""What A may write into the own row where only some columns are granted: the rest is what such a grant guards."""

import re
from collections.abc import Iterator, Mapping

from gate.config import Config
from gate.rls.constraints import Row
from gate.rls.ownership import Owner
from gate.rls.rows import Seeds, draft
from gate.rls.schema import Relation
from gate.rls.statements import delete, insert, update, where
from gate.rls.trials import Trial, naming
from gate.rls.values import A

FOLDER = re.compile(r"'([^']{0,60}/)'")  # paths that a policy asks for begin so

Prepared = tuple[str, ...]


def folders(text: str) -> tuple[str, ...]:
    """The folders that a condition or a function asks for."""
    return tuple(dict.fromkeys(folder for folder in FOLDER.findall(text) if len(folder) > 1))


def own_writes(
    relation: Relation, seeds: Seeds, owner: Owner | None, config: Config, conditions: Mapping[str, str]
) -> Iterator[tuple[Trial, Prepared]]:
    """Trials with what must be done before them; none for a table whose grants are of the whole of it."""
    stored = seeds.stored.get((relation.full_name, A))
    if stored is None or owner is None:
        return
    ours = [column for column in relation.columns if not column.given]
    updates = [column for column in ours if "authenticated" in column.updates]
    inserts = [column for column in ours if "authenticated" in column.inserts]
    here = naming(relation, seeds, A, "authenticated")
    if here and updates and len(updates) < len(ours):
        for column in ours:
            statement = update(relation, {column.name: stored.get(column.name)}, here)
            yield Trial("A", "update", statement, detail=f"update {column.name}"), ()
    gone = where(relation, stored, relation.primary_key)
    if gone and inserts and len(inserts) < len(ours):
        yield from _inserts(relation, seeds, owner, config, conditions.get(relation.full_name, ""), gone)


def _inserts(
    relation: Relation, seeds: Seeds, owner: Owner, config: Config, condition: str, gone: str
) -> Iterator[tuple[Trial, Prepared]]:
    row = seeds.written.get((relation.full_name, A)) or draft(relation, A, seeds, owner, config)
    stored = seeds.stored[relation.full_name, A]
    granted = {column.name for column in relation.columns if "authenticated" in column.inserts}
    prepared = (f"{delete(relation, gone)};",)
    for number, plain in enumerate(_variants(relation, {n: v for n, v in row.items() if n in granted}, condition)):
        yield Trial("A", "insert", insert(relation, plain), detail=f"insert {number}"), prepared
        for column in relation.columns:
            if column.name not in granted and not column.given and stored.get(column.name) is not None:
                more = plain | {column.name: stored[column.name]}
                yield Trial("A", "insert", insert(relation, more), detail=f"insert {number} {column.name}"), prepared


def _variants(relation: Relation, row: Row, condition: str) -> Iterator[Row]:
    """The row as planted, and with paths such as the policies ask for."""
    yield row
    texts = [column.name for column in relation.columns if column.type == "text" and column.name in row]
    for folder in folders(condition):
        if texts:
            yield row | {name: f"{folder}{A}/gate.png" for name in texts if not _tied(relation, name)}
    if texts and "foldername" in condition:
        yield row | {name: f"{A}/gate.png" for name in texts if not _tied(relation, name)}


def _tied(relation: Relation, name: str) -> bool:
    """Whether a key or a constraint says what the column holds."""
    keys = {own for key in relation.keys for own in key.columns}
    return name in keys or any(name in check.columns for check in relation.checks)
