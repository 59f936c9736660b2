"""Which migrations are new: since a revision of the repository, or by a list of the versions that the database has."""

import os
import posixpath
import re
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from subprocess import PIPE

from gate.audit.replay import split
from gate.config import Config
from gate.errors import Incomplete, UsageError
from gate.git import ask, in_repository, start
from gate.migration import Migration, Statement

VERSION = re.compile(r"^(\d+)_.*\.sql$")
ROW = re.compile(r"^[\s|│]*(\d+)[\s|│]*$")


@dataclass(frozen=True, slots=True)
class Since:
    """What the database has already: `released` as it was applied. `words` say how that is known.

    `theirs` are versions that came to the revision after this branch left it: the project need not have them. `exposed` are the
    schemas that the API served, where that is known.
    """

    words: str
    released: tuple[Migration, ...]
    theirs: frozenset[str] = frozenset()
    exposed: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """The versions that the database says it has."""

    words: str
    versions: tuple[str, ...]

    def since(self, migrations: Sequence[Migration]) -> Since:
        """As the project's files have it; of a version that none of them has, only the name is known."""
        here = {version(one.path): one for one in migrations}
        known = (here.get(one) or Migration(f"{one}_applied.sql", "select 1;\n") for one in self.versions)
        return Since(self.words, tuple(known))


@dataclass(frozen=True, slots=True)
class Parted:
    """The project's migrations measured by what is released."""

    older: tuple[Migration, ...]
    newer: tuple[Migration, ...]
    edited: tuple[Statement, ...] = ()
    gone: tuple[Statement, ...] = ()
    latest: str = ""

    @property
    def plain(self) -> bool:
        """Whether the files, in their own order, are the released ones and then the newer ones."""
        return not (self.edited or self.gone or self.latest)


def version(path: str) -> str:
    """What the platform's tool knows a migration by: the digits before the first underscore, else its name."""
    name = PurePosixPath(path).name
    found = VERSION.match(name)
    return found.group(1) if found else name


def part(migrations: Sequence[Migration], since: Since) -> Parted:
    """Tell the newer migrations from those that are released, and find released ones that changed."""
    pairs = _pairs(migrations, since.released)
    known = {id(one) for one in pairs.values()}
    newer = tuple(one for one in migrations if id(one) not in known)
    gone = [one for one in since.released if id(one) not in pairs and version(one.path) not in since.theirs]
    # What has no version is skipped by the platform's tool, and comes before or after nothing.
    applied = [one for one in since.released if version(one.path).isdigit()]
    last = max(applied, key=lambda one: _sorted(one.path), default=None)
    late = last is not None and any(
        version(one.path).isdigit() and _sorted(one.path) < _sorted(last.path) for one in newer
    )
    return Parted(
        older=since.released,
        newer=newer,
        edited=tuple(one for old in since.released if id(old) in pairs for one in _edited(old, pairs[id(old)])),
        gone=tuple(one for old in gone for one in split(old)[:1]),
        latest=last.path if late and last else "",
    )


def _sorted(path: str) -> str:
    return PurePosixPath(path).name


def _pairs(migrations: Sequence[Migration], released: Sequence[Migration]) -> dict[int, Migration]:
    """The project's file for each released one: of the same name, else of the same version."""
    by_name = {_sorted(one.path): one for one in migrations}
    pairs = {id(old): by_name[_sorted(old.path)] for old in released if _sorted(old.path) in by_name}
    taken = {id(one) for one in pairs.values()}
    left = {version(one.path): one for one in reversed(migrations) if id(one) not in taken}
    for old in released:
        if id(old) not in pairs and version(old.path) in left:
            pairs[id(old)] = left.pop(version(old.path))
    return pairs


def _edited(old: Migration, new: Migration) -> tuple[Statement, ...]:
    """The first statement of a file that is not the one that was released; comments and blanks do not count."""
    if old.text == new.text:
        return ()
    before, after = split(old), split(new)
    for number, one in enumerate(after):
        if number >= len(before) or one.text.split() != before[number].text.split():
            return (one,)
    return after[-1:] if len(after) < len(before) else ()


def applied_versions(file: Path) -> Applied:
    """By a file with a version on each line, as the database lists them. Raises UsageError for anything else in it."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise UsageError(f"--applied: cannot read {file}: {fault}") from fault
    versions = []
    for number, line in enumerate(lines, 1):
        found = ROW.match(line)
        if found:
            versions.append(found.group(1))
        elif line.strip():
            raise UsageError(f"--applied: {file}:{number} is no version; the file holds one version on each line")
    if not versions:
        raise UsageError(f"--applied: {file} holds no version")
    return Applied(f"the versions in {file.name}", tuple(sorted(set(versions))))


def since_revision(config: Config, revision: str) -> Since:
    """By a revision of the repository. Raises UsageError for one that is not there. Nothing is checked out."""
    commit = resolve(config.root, revision)
    folder = _folder(config)
    released = _files(config.root, commit, folder, config.relative(config.migrations))
    try:
        base = ask(config.root, "merge-base", commit, "HEAD").decode().strip()
    except Incomplete:
        base = commit
    at_base = released if base == commit else _files(config.root, base, folder, config.relative(config.migrations))
    theirs = frozenset(version(one.path) for one in released) - {version(one.path) for one in at_base}
    return Since(
        f"{revision} ({commit[:12]})", released, theirs, _exposed(config.root, commit, posixpath.dirname(folder))
    )


def resolve(root: Path, revision: str) -> str:
    """The commit that a revision means."""
    if not in_repository(root):
        raise UsageError(
            "--since needs a git repository; outside of one, --applied names the versions that are applied"
        )
    if not revision or revision.startswith("-"):
        raise UsageError(f"--since {revision!r} is no revision; name a branch, a tag or a commit")
    try:
        return (
            ask(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
        )
    except Incomplete as fault:
        try:
            shallow = ask(root, "rev-parse", "--is-shallow-repository").strip() == b"true"
        except Incomplete:
            raise UsageError(f"--since {revision!r}: {fault}") from fault
        more = "; the clone is shallow: `git fetch --unshallow`, or fetch-depth: 0 in CI" if shallow else ""
        raise UsageError(f"--since {revision!r}: there is no such commit{more}") from None


def _folder(config: Config) -> str:
    """The migrations folder as the repository names it."""
    prefix = ask(config.root, "rev-parse", "--show-prefix").removesuffix(b"\n")
    folder = posixpath.normpath(posixpath.join(os.fsdecode(prefix), config.supabase, "migrations"))
    if folder.startswith(("..", "/")):
        raise UsageError("--since: the migrations are outside of this repository")
    return folder


def _exposed(root: Path, commit: str, folder: str) -> tuple[str, ...] | None:
    """The schemas that the platform's configuration of that commit lets the API serve."""
    try:
        text = ask(root, "cat-file", "blob", f"{commit}:{posixpath.join(folder, 'config.toml')}").decode()
        schemas = tomllib.loads(text).get("api", {}).get("schemas")
    except (Incomplete, UnicodeDecodeError, tomllib.TOMLDecodeError, AttributeError):
        return None
    return tuple(schemas) if isinstance(schemas, list) and all(isinstance(one, str) for one in schemas) else None


def _files(root: Path, commit: str, folder: str, shown: str) -> tuple[Migration, ...]:
    listed = ask(root, "ls-tree", "-z", "--full-tree", commit, "--", f"{folder}/")
    entries = [entry.split(b"\t", 1) for entry in listed.split(b"\0") if entry]
    blobs = {
        posixpath.basename(os.fsdecode(path)): described.split()[2]
        for described, path in entries
        if described.startswith(b"100") and path.endswith(b".sql")
    }
    texts = _contents(root, list(blobs.values()))
    return tuple(Migration(f"{shown}/{name}", texts[blobs[name]]) for name in sorted(blobs))


def _contents(root: Path, names: Sequence[bytes]) -> dict[bytes, str]:
    """The blobs of those names as text. Raises Incomplete where one is not in this clone."""
    if not names:
        return {}
    with tempfile.TemporaryFile() as asked:
        asked.write(b"\n".join(names) + b"\n")
        asked.seek(0)
        process = start(root, "cat-file", "--batch", stdin=asked, stdout=PIPE)
        said = process.communicate()[0]
    found: dict[bytes, str] = {}
    at = 0
    for name in names:
        header, _, _ = said[at : at + 200].partition(b"\n")
        words = header.split()
        if len(words) != 3 or words[1] != b"blob":
            raise Incomplete(
                "git does not have every migration of that revision; a full clone has (`git fetch --refetch`)"
            )
        begin = at + len(header) + 1
        at = begin + int(words[2]) + 1
        found[name] = (
            said[begin : at - 1].decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\0", " ")
        )
    return found
