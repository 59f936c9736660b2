"""Files of B in every bucket: A and nobody list, sign, download; with leave to write they upload, overwrite, move and remove."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from gate.rls.attempt import Actor, Attempt, Verb
from gate.rls.live.asking import Asker, Said
from gate.rls.live.reading import Reading
from gate.rls.live.undo import Change, Ledger, file_away
from gate.rls.storage import FILE, Bucket
from gate.rls.trials import ACTORS

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf500f00038501802b0db2b40000000049454e44ae426082"
)
SIGNED_FOR = 60  # seconds
SMALL = 1 << 20  # bytes; nothing larger is downloaded


def read_files(reading: Reading, bucket: Bucket) -> Iterator[Attempt]:
    """Whether a file in B's folder can be listed, signed or downloaded."""
    asker, folder = reading.belongings.asker, reading.belongings.ids["B"]
    theirs = listed(asker, "B", bucket.name, folder)
    if not theirs:
        reading.notes.cannot_tell(bucket.full_name, "B sees no file of its own in a folder of its name")
        return
    path, small = f"{folder}/{theirs[0][0]}", theirs[0][1] <= SMALL
    known = False
    for actor in ACTORS:
        through = _seen(asker, actor, bucket.name, folder, path, small=small)
        yield _attempt(reading, bucket, actor, "read", through, already=known)
        known = known or through


def _seen(asker: Asker, actor: Actor, bucket: str, folder: str, path: str, *, small: bool) -> bool:
    if any(f"{folder}/{name}" == path for name, _ in listed(asker, actor, bucket, folder)):
        return True

    def sign() -> Said:
        return Said("let through", value=asker.files(actor, bucket).create_signed_url(path, SIGNED_FOR))

    def download() -> Said:
        return Said("let through", value=asker.files(actor, bucket).download(path))

    signed = asker.tried(sign)
    if signed.answer == "let through" and isinstance(signed.value, dict) and signed.value.get("signedURL"):
        return True
    fetched = asker.tried(download) if small else Said("refused")
    return fetched.answer == "let through" and isinstance(fetched.value, bytes) and bool(fetched.value)


def listed(asker: Asker, actor: Actor, bucket: str, folder: str) -> list[tuple[str, int]]:
    """Names and sizes of the files in a folder, as the actor sees them."""
    said = asker.tried(lambda: Said("let through", value=asker.files(actor, bucket).list(folder, {"limit": 20})))
    found: list[tuple[str, int]] = []
    for item in said.value if isinstance(said.value, list) else ():
        if isinstance(item, dict) and isinstance(item.get("name"), str) and item.get("id"):
            about = item.get("metadata")
            size = about.get("size") if isinstance(about, dict) else None
            found.append((item["name"], size if isinstance(size, int) else SMALL + 1))
    return found


def removed(asker: Asker, actor: Actor, bucket: str, paths: Sequence[str]) -> bool:
    """Remove files; whether the project says that any of them is gone."""
    said = asker.tried(lambda: Said("let through", value=asker.files(actor, bucket).remove(list(paths))))
    names = [item.get("name") for item in said.value if isinstance(item, dict)] if isinstance(said.value, list) else []
    return any(path in names for path in paths)


def write_files(reading: Reading, ledger: Ledger, bucket: Bucket) -> Iterator[Attempt]:
    """What A and nobody can do to a file that B uploads for this, and beside it."""
    asker, folder = reading.belongings.asker, reading.belongings.ids["B"]
    if bucket.full_name not in reading.belongings.plan.removable:
        reading.notes.cannot_tell(
            bucket.full_name, "nothing is uploaded: by the migrations B could not remove it again"
        )
        return
    for actor in ACTORS:
        path = bucket.path(folder, f"gate-{uuid.uuid4().hex[:12]}")
        taken = bucket.path(reading.belongings.ids["A"], f"gate-{uuid.uuid4().hex[:12]}")
        planted = Change(f"{bucket.full_name}, {path}", "B", file_away(bucket.name, path, taken))
        with ledger.writing(planted):
            planted.happened = _uploaded(asker, "B", bucket, path)
        if planted.happened:
            yield from _changed(reading, bucket, actor, path, taken)
            theirs = [f"{folder}/{name}" for name, _ in listed(asker, "B", bucket.name, folder)]
            mine = [name for name, _ in listed(asker, "A", bucket.name, reading.belongings.ids["A"])]
            if path not in theirs and taken.rpartition("/")[2] not in mine:
                ledger.settled(planted)
        stuck = not ledger.undo(planted)
        if not planted.happened:
            reading.notes.cannot_tell(bucket.full_name, "B cannot upload into a folder of its own name")
        beside = bucket.path(folder, f"gate-{uuid.uuid4().hex[:12]}")
        change = Change(f"{bucket.full_name}, {beside}", actor, file_away(bucket.name, beside))
        with ledger.writing(change):
            change.happened = _uploaded(asker, actor, bucket, beside)
        yield _attempt(reading, bucket, actor, "upload", change.happened is True)
        if not ledger.undo(change) or stuck:  # what could not be undone once is not done again
            return


def _changed(reading: Reading, bucket: Bucket, actor: Actor, path: str, taken: str) -> Iterator[Attempt]:
    """Overwriting, moving and removing B's file. It is one of ours: whatever becomes of it harms nobody."""
    asker = reading.belongings.asker
    done = _uploaded(asker, actor, bucket, path, upsert="true")
    yield _attempt(reading, bucket, actor, "overwrite", done is True)
    moved = asker.tried(lambda: Said("let through", value=asker.files(actor, bucket.name).move(path, taken)))
    yield _attempt(reading, bucket, actor, "move", moved.answer == "let through")
    if moved.answer == "let through":
        return
    yield _attempt(reading, bucket, actor, "remove", removed(asker, actor, bucket.name, [path]))


def _uploaded(asker: Asker, actor: Actor, bucket: Bucket, path: str, upsert: str = "false") -> bool | None:
    """Upload a picture; None where the answer does not say whether it was taken."""
    kind = next((mime for mime in bucket.mimes if "*" not in mime), "image/png")
    options: Any = {"content-type": kind, "upsert": upsert}
    said = asker.tried(lambda: Said("let through", value=asker.files(actor, bucket.name).upload(path, PIXEL, options)))
    return said.happened


def _attempt(
    reading: Reading,
    bucket: Bucket,
    actor: Actor,
    verb: Verb,
    through: bool,  # noqa: FBT001 - what the attempt is about
    *,
    already: bool = False,
) -> Attempt:
    detail = verb if verb in {"overwrite", "move", "remove"} else ""
    found = reading.attempt(bucket, actor, verb, "let through" if through else "refused", FILE, detail)
    return replace(found, public=bucket.public, already=already and through)
