"""The scan of what is new alone, for hooks: what is staged, or the commits that are about to be pushed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gate.check import Context
from gate.errors import Incomplete
from gate.page import Example
from gate.scan.changes import Changes, Staged, check_repository, since
from gate.scan.check import SCAN, Artifact
from gate.scan.exposure import LARGEST, NAMES, Exposure, exposures
from gate.scan.history import SUBMODULE, formers, missed, prefix_of
from gate.scan.judgement import Judgement, judged
from gate.scan.kinds import Secret
from gate.scan.objects import Stored, contents, searched
from gate.scan.signals import WORDS
from gate.scan.tree import excluded

Here = Mapping[bytes, Sequence[str]]


@dataclass(frozen=True, slots=True)
class ScanNewer:
    """The check `scan` of changes alone."""

    changes: Changes
    name: str = SCAN.name
    summary: str = SCAN.summary
    rules_package: str = SCAN.rules_package

    def subjects(self, context: Context) -> Iterator[Artifact]:
        """Every new file that holds a key, and every key that new commits hold although their files no longer do."""
        root, closing = context.config.root, context.closing
        context.progress(f"searching {self.changes.words}")
        never = excluded(context.config.scan_exclude)
        new = self.changes.find(root, closing)
        here = {
            name: kept for name, paths in new.paths.items() if (kept := [path for path in paths if not never(path)])
        }
        objects = [item for item in new.listing.objects if new.commits or item.name in here]
        context.record("artifact", self.changes.words)  # a report of it does not stand for the whole
        context.record("objects", len(objects))
        context.record("summary", f"{len(objects):,} objects: {self.changes.words}")
        context.examined(max(1, len(objects)))  # that nothing is new has been looked at as well
        found = searched(root, closing, objects, (*WORDS, *NAMES))
        seen = judged(root, closing, found)
        exposed = dict(_exposed(context, [item for item, _ in found], here))
        met = _by_path(seen, here)
        for path in sorted({*met, *exposed}):
            yield Artifact(path, tuple(met.get(path, ())), exposures=exposed.get(path, ()))
        told = {secret.mark for secrets in met.values() for secret in secrets}
        gone = [key for key in seen.keys if key.item.name not in here]
        for former in formers(root, closing, gone, never, new.commits) if gone else ():
            if former.secret.mark not in told:
                told.add(former.secret.mark)
                yield Artifact(former.path or former.commit, (), (former,))
        for what, why in (
            *((path, SUBMODULE) for path in new.submodules),
            *seen.unjudged(prefix_of(root, closing), never),
        ):
            context.unjudged(what, why)
        if new.listing.missing:
            raise Incomplete(missed(new.listing.missing))

    def example(self, example: Example) -> Iterator[Artifact]:
        """As the whole scan."""
        return SCAN.example(example)


def scan_newer(root: Path, revision: str | None) -> ScanNewer:
    """The scan of the commits that a revision does not have, or of what is staged. Raises UsageError and Incomplete."""
    check_repository(root)
    return ScanNewer(Staged() if revision is None else since(root, revision))


def _by_path(seen: Judgement, here: Here) -> dict[str, list[Secret]]:
    met: dict[str, list[Secret]] = {}
    for item, inner, secret in seen.keys:
        for path in here.get(item.name, ()):
            met.setdefault(path + inner, []).append(secret)
    return met


def _exposed(context: Context, found: Sequence[Stored], here: Here) -> Iterator[tuple[str, tuple[Exposure, ...]]]:
    """What files of ordinary size give away by names."""
    wanted = [item for item in found if item.name in here and item.size <= LARGEST]
    for item, file in contents(context.config.root, context.closing, wanted):
        text = file.read().decode(errors="replace")
        for path in here[item.name]:
            seen = tuple(exposures(path, text))
            if seen:
                yield path, seen
