"""Buckets: the rows that migrations insert into, change in and delete from storage.buckets."""

from typing import Any

from gate.audit.catalog import Bucket, Name
from gate.audit.replay import parser, queries
from gate.audit.replay.state import State
from gate.audit.replay.values import UNKNOWN

BUCKETS = Name("storage", "buckets")


def insert(state: State, tree: Any) -> None:
    """INSERT INTO storage.buckets, of values or of a query that the replay can answer."""
    if state.found(tree.relation) != BUCKETS:
        return
    columns = [parser.unwrap(node).name for node in tree.cols]
    rows = queries.select(state, parser.unwrap(tree.select_stmt), ())
    if rows is UNKNOWN:
        state.unmodelled("the buckets come from values that only the server knows")
        return
    kept = parser.present(tree, "on_conflict_clause")
    assigned = _assigned(tree.on_conflict_clause.target_list) if kept else {}
    for row in rows:
        values = dict(zip(columns, row.values(), strict=False))
        bucket, public = values.get("id") or values.get("name"), values.get("public", False)
        if not isinstance(bucket, str) or public is UNKNOWN:
            state.unmodelled("the bucket's name, or whether it is public, is no literal")
        elif bucket not in state.catalog.buckets:
            limited, typed = (values.get(one) is not None for one in ("file_size_limit", "allowed_mime_types"))
            state.catalog.buckets[bucket] = Bucket(bucket, public in {True, "true", "t"}, state.place, limited, typed)
        elif "public" in assigned:
            known = state.catalog.buckets[bucket]
            written = assigned["public"]  # None where it is EXCLUDED.public
            known.public = (public in {True, "true", "t"}) if written is None else written == "true"
            known.place = state.place
        elif not kept:
            state.missing(f"bucket {bucket!r} exists already")


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
