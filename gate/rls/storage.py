"""Files of B in every bucket, and what others may do with them: what is asked of the rows is what the storage service asks.

The service works as the caller on `storage.objects`: listing, reading and signing select, copying selects and inserts,
uploading inserts, with `upsert` on conflict with what is there, overwriting and moving update, removing deletes. A bucket into which users can upload holds users' files; another is filled by the backend, for
whom nobody knows.
"""
# ruff: noqa: S608 - every value is quoted

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gate.postgres import Connection
from gate.rls.attack import Attack
from gate.rls.attempt import Actor, Attempt
from gate.rls.ownership import Owner
from gate.rls.statements import literal
from gate.rls.trials import ACTORS, Trial
from gate.rls.values import A, B

FILE = Owner("owner_id", "uploaded by its owner, into a folder of the owner's name")
OBJECTS = "storage.objects"
WRITES = ("overwrite", "move", "remove")
# Extensions that a policy may ask for.
KINDS = {"png": "image/png", "pdf": "application/pdf", "mp3": "audio/mpeg", "mp4": "video/mp4", "csv": "text/csv"}


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket that the migrations make."""

    name: str
    public: bool
    mimes: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """How it is called in reports."""
        return f"bucket {self.name}"

    @property
    def schema(self) -> str:
        """`storage`."""
        return "storage"

    @property
    def kind(self) -> str:
        """`bucket`."""
        return "bucket"

    @property
    def sql(self) -> str:
        """The table that holds its objects."""
        return OBJECTS

    @property
    def before(self) -> frozenset[str]:
        """Nothing that the platform's own triggers would not pass."""
        return frozenset()

    def path(self, user: str, file: str) -> str:
        """A path in the user's folder, of a kind that the bucket takes."""
        kind = next((end for end, mime in KINDS.items() if mime in self.mimes), "png")
        return f"{user}/{file}.{kind}"

    def named(self, path: str) -> str:
        """The condition that names the object."""
        return f"bucket_id = {literal(self.name)} and name = {literal(path)}"

    def object(self, path: str, user: str | None) -> str:
        """The INSERT with which the service stores an object for a user."""
        kind = next((mime for end, mime in KINDS.items() if path.endswith(end)), "image/png")
        values = [self.name, path, user, user, f'{{"mimetype": "{kind}", "size": 3}}']
        return (
            "insert into storage.objects (bucket_id, name, owner, owner_id, metadata) "
            f"values ({', '.join(map(literal, values))})"
        )


def buckets(db: Connection) -> tuple[Bucket, ...]:
    """The buckets there are."""
    rows = db.execute(
        "select id, coalesce(public, false), coalesce(allowed_mime_types, '{}') from storage.buckets order by id"
    )
    return tuple(Bucket(name, public, tuple(mimes)) for name, public, mimes in rows)


def attack_storage(attack: Attack) -> Iterator[Attempt]:
    """Every attempt on every bucket."""
    for bucket in buckets(attack.admin):
        theirs = bucket.path(B, "gate")
        for user, path in ((B, theirs), (A, bucket.path(A, "own"))):
            planted = f"{bucket.object(path, user)};"
            attack.admin.execute(planted.encode())
            attack.seeds.lines[bucket.full_name, user] = [planted]
        yield from _attack(attack, bucket, theirs)


def _attack(attack: Attack, bucket: Bucket, theirs: str) -> Iterator[Attempt]:
    """The attempts on one bucket. Its files are users' own where A can upload."""
    uploads = attack.ask(bucket, _upload(bucket, "A", bucket.path(A, "mine"))).answer == "let through"
    owner = FILE if uploads else None
    needed = {(bucket.full_name, A), (bucket.full_name, B)}
    for actor in ACTORS:
        todo = list(file_trials(bucket, actor, theirs))
        tried = [
            attack.attempt(bucket, trial, said, needed, owner, public=bucket.public)
            for trial, said in zip(todo, attack.ask_all(bucket, todo), strict=True)
        ]
        yield from _folded(tried)


def _folded(tried: Sequence[Attempt]) -> Iterator[Attempt]:
    """All that one actor can do to another's files said in one attempt, the first; uploading beside them is the least."""
    leaks = {attempt.verb for attempt in tried if attempt.answer == "let through"}
    writes = [attempt.verb for attempt in tried if attempt.leak and attempt.verb in WRITES]
    implied = {"upload over": "overwrite", "move in": "upload"}
    for attempt in tried:
        # Where nobody can upload, folders are not users' own, and it is no harm to have a file in one.
        if attempt.leak and (
            implied.get(attempt.verb) in leaks or (attempt.verb == "move in" and attempt.owner is None)
        ):
            yield replace(attempt, already=True)
            continue
        if attempt.leak and writes and attempt.verb == writes[0]:
            yield replace(attempt, detail=" and ".join(filter(None, [", ".join(writes[:-1]), writes[-1]])))
        elif attempt.leak and writes and attempt.verb != "read":
            yield replace(attempt, already=True)
        else:
            yield attempt


def _upload(bucket: Bucket, actor: Actor, path: str) -> Trial:
    mine = A if actor == "A" else None
    named = bucket.named(path)
    return Trial(
        actor, "upload", bucket.object(path, mine), f"select exists (select from storage.objects where {named})"
    )


def file_trials(bucket: Bucket, actor: Actor, theirs: str) -> Iterator[Trial]:
    """Everything to try on a file of B's and beside it."""
    here = bucket.named(theirs)
    gone = f"select not exists (select from storage.objects where {here})"
    moved = bucket.path(A, "taken")
    yield Trial(actor, "read", f"select * from storage.objects where {here}")
    yield _upload(bucket, actor, bucket.path(B, "planted"))
    change = f"update storage.objects set metadata = '{{\"size\": 4}}' where {here}"
    changed = f"select exists (select from storage.objects where {here} and metadata ->> 'size' = '4')"
    yield Trial(actor, "overwrite", change, changed)
    again = bucket.object(theirs, A if actor == "A" else None).replace('"size": 3', '"size": 4')
    over = f"{again} on conflict (bucket_id, name) do update set metadata = excluded.metadata"
    yield Trial(actor, "upload over", over, changed)
    if actor == "A":
        there = bucket.named(bucket.path(B, "moved"))
        move = f"update storage.objects set name = {literal(bucket.path(B, 'moved'))} where {bucket.named(bucket.path(A, 'own'))}"
        yield Trial(actor, "move in", move, f"select exists (select from storage.objects where {there})")
    yield Trial(actor, "move", f"update storage.objects set name = {literal(moved)} where {here}", gone)
    yield Trial(actor, "remove", f"delete from storage.objects where {here}", gone)
