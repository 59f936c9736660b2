"""Buckets: the rows that migrations insert into, change in and delete from storage.buckets."""

from typing import Any

from gate.audit.catalog import Bucket, Name
from gate.audit.replay import parser
from gate.audit.replay.state import State

BUCKETS = Name("storage", "buckets")


def insert(state: State, tree: Any) -> None:
    """INSERT INTO storage.buckets with literal values."""
    if state.found(tree.relation) != BUCKETS:
        return
    columns = [parser.unwrap(node).name for node in tree.cols]
    for row in getattr(parser.unwrap(tree.select_stmt), "values_lists", ()):
        values = dict(zip(columns, (parser.literal(one) for one in parser.items(row)), strict=False))
        bucket = values.get("id") or values.get("name")
        public = values.get("public") == "true"
        if bucket is None:
            state.unmodelled("the bucket's name is not a literal")
        elif bucket not in state.catalog.buckets or (
            parser.present(tree, "on_conflict_clause") and "public" in _assigned(tree.on_conflict_clause.target_list)
        ):
            state.catalog.buckets[bucket] = Bucket(bucket, public, state.place)


def update(state: State, tree: Any) -> None:
    """UPDATE storage.buckets SET public = literal."""
    assigned = _assigned(tree.target_list)
    if state.found(tree.relation) != BUCKETS or "public" not in assigned:
        return
    named = {literal for one in parser.walk(tree.where_clause) if (literal := parser.literal(one)) is not None}
    for bucket in state.catalog.buckets.values():
        if not named or bucket.id in named:
            bucket.public, bucket.place = assigned["public"] == "true", state.place


def delete(state: State, tree: Any) -> None:
    """DELETE FROM storage.buckets."""
    if state.found(tree.relation) != BUCKETS:
        return
    named = {literal for one in parser.walk(tree.where_clause) if (literal := parser.literal(one)) is not None}
    for name in [name for name in state.catalog.buckets if name in named]:
        del state.catalog.buckets[name]


def _assigned(targets: Any) -> dict[str, str | None]:
    return {one.name: parser.literal(one.val) for one in (parser.unwrap(node) for node in targets)}
