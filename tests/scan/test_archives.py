"""Archives are opened, in one another too, by what they are; bombs are given up, and what was not opened is said."""

import bz2
import gzip
import json
import lzma
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench.exam.containers import tarred, zipped
from gate.scan import archives
from gate.scan.fakes import filled
from gate.scan.kinds import Kind
from tests.repositories import git
from tests.scan.project import KEY, Scanned, written


def files() -> dict[str, bytes]:
    return {"a.ts": b"words\n" * 50, "in/b.env": filled(f"A=1\n{KEY}").encode(), "c.ts": b"words\n"}


def packed(way: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    return lambda: way(filled(f"A=1\n{KEY}").encode())


WAYS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a.zip": (lambda: zipped(files()), "a.zip!in/b.env"),
    "app-1.0-py3-none-any.whl": (lambda: zipped(files()), "app-1.0-py3-none-any.whl!in/b.env"),
    "no-ending": (lambda: zipped(files()), "no-ending!in/b.env"),
    "a.tar": (lambda: tarred(files()), "a.tar!in/b.env"),
    "a.tgz": (lambda: gzip.compress(tarred(files())), "a.tgz!in/b.env"),
    "a.tar.xz": (lambda: lzma.compress(tarred(files())), "a.tar.xz!in/b.env"),
    "a.tar.bz2": (lambda: bz2.compress(tarred(files())), "a.tar.bz2!in/b.env"),
    "a.js.gz": (packed(gzip.compress), "a.js.gz"),
    "a.js.xz": (packed(lzma.compress), "a.js.xz"),
    "a.js.bz2": (packed(bz2.compress), "a.js.bz2"),
    "image.tar": (lambda: tarred({"layer.tar.gz": gzip.compress(tarred(files()))}), "image.tar!layer.tar.gz!in/b.env"),
    "outer.zip": (lambda: zipped({"x/inner.zip": zipped(files())}), "outer.zip!x/inner.zip!in/b.env"),
}


@pytest.mark.parametrize("name", list(WAYS))
def test_an_archive_is_opened(tmp_path: Path, name: str) -> None:
    make, where = WAYS[name]
    (tmp_path / name).write_bytes(make())

    found = Scanned(tmp_path)

    assert (found.met, found.unjudged, found.problem) == ([(where, 2, Kind.SERVICE_ROLE)], [], "")


def test_a_document_of_an_office(tmp_path: Path) -> None:
    text = filled("<w:p><w:t>{{sb_secret}}</w:t></w:p>").encode()
    (tmp_path / "notes.docx").write_bytes(zipped({"word/document.xml": text, "[Content_Types].xml": b"<Types/>"}))

    assert Scanned(tmp_path).met == [("notes.docx!word/document.xml", 1, Kind.SECRET_KEY)]


def test_an_archive_of_public_keys_is_silent_and_counted(tmp_path: Path) -> None:
    public = filled("A={{anon_jwt}}\nB={{sb_publishable}}\n").encode()
    (tmp_path / "a.zip").write_bytes(zipped({"a.env": public, "b.ts": b"words"}))

    found = Scanned(tmp_path)

    assert (found.met, found.examined, found.problem) == ([], 3, "")


def nested(times: int) -> bytes:
    content = zipped(files())
    for number in range(times):
        content = zipped({f"{number}.zip": content})
    return content


def encrypted() -> bytes:
    content = bytearray(zipped({"a.env": b"words"}))
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: nested(8), "more than 5 archives in one another"),
        (lambda: zipped({"a": b"\0" * (90 << 20)}), "grows beyond any honest archive when it is unpacked"),
        (lambda: gzip.compress(b"\0" * (90 << 20)), "grows beyond any honest archive when it is unpacked"),
        (encrypted, "encrypted"),
        (lambda: zipped(files())[:-30], "damaged, or no archive for all its beginning"),
        (lambda: gzip.compress(b"words" * 100)[:-9], "damaged, or no archive for all its beginning"),
    ],
)
def test_what_was_not_opened_is_said(
    tmp_path: Path, make: Callable[[], bytes], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "FAIR", 8 << 20)
    monkeypatch.setattr(archives, "RATIO", 100)
    (tmp_path / "a.bin").write_bytes(make())
    written(tmp_path, {"b.env": KEY})
    began = time.monotonic()

    found = Scanned(tmp_path)

    assert [reason for _, reason in found.unjudged] == [f"not opened: {why}"]
    assert (found.paths, found.problem) == (["b.env"], "")
    assert time.monotonic() - began < 5


def test_a_bomb_does_not_hide_what_comes_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "FAIR", 8 << 20)
    monkeypatch.setattr(archives, "RATIO", 100)
    (tmp_path / "a.zip").write_bytes(zipped({"a": b"\0" * (20 << 20)}))
    (tmp_path / "b.zip").write_bytes(zipped(files()))

    assert Scanned(tmp_path).paths == ["b.zip!in/b.env"]


def scanned(path: Path, root: Path) -> tuple[int, list[tuple[str, int]], str]:
    done = subprocess.run(
        [sys.executable, "-m", "gate", "scan", "--root", str(root), "--artifact", str(path), "--report", "json"],
        capture_output=True,
        text=True,
    )
    report = json.loads(done.stdout)
    places = [(finding["place"]["path"], finding["place"]["line"]) for finding in report["findings"]]
    return done.returncode, sorted(places), report["checks"][0]["reason"] or ""


def test_what_ships_is_searched_whatever_git_ignores(tmp_path: Path) -> None:
    root = written(tmp_path / "project", {".gitignore": "*\n", "src/a.env": KEY})
    git(root, "init")
    written(root, {"release/node_modules/x/a.js": KEY, "release/.env": KEY, "release/b.ts": "words"})
    (root / "release/lib.tgz").write_bytes(gzip.compress(tarred(files())))

    code, places, _ = scanned(root / "release", root)

    assert (code, places) == (1, [(".env", 1), ("lib.tgz!in/b.env", 2), ("node_modules/x/a.js", 1)])


def test_one_file_is_searched(tmp_path: Path) -> None:
    written(tmp_path, {"a.env": KEY})
    (tmp_path / "app.whl").write_bytes(zipped(files()))
    (tmp_path / "clean.whl").write_bytes(zipped({"a.ts": b"words"}))

    assert scanned(tmp_path / "app.whl", tmp_path)[:2] == (1, [("app.whl!in/b.env", 2)])
    assert scanned(tmp_path / "clean.whl", tmp_path)[:2] == (0, [])


def test_an_artifact_that_cannot_be_opened_is_not_released(tmp_path: Path) -> None:
    (tmp_path / "app.whl").write_bytes(zipped(files())[:-30])

    code, places, reason = scanned(tmp_path / "app.whl", tmp_path)

    assert (code, places, reason) == (3, [], "1 file could not be read: what is in there is unknown")


def test_an_artifact_that_is_not_there(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gate", "scan", "--artifact", str(tmp_path / "no")], capture_output=True
    )

    assert done.returncode == 2


def test_what_follows_an_archive_in_an_archive_is_told_by_its_own_beginning(tmp_path: Path) -> None:
    """A short file after a tar must not be taken for one by what the tar has left behind."""
    inner = tarred({"x.ts": b"words\n" * 2000})
    (tmp_path / "a.zip").write_bytes(zipped({"1.tar": inner, "2.env": filled(KEY).encode()}))
    (tmp_path / "b.tgz").write_bytes(gzip.compress(tarred({"c.env": filled(KEY).encode()})))

    found = Scanned(tmp_path)

    assert (found.paths, found.unjudged) == (["a.zip!2.env", "b.tgz!c.env"], [])


# One block that is not compressed: what every decoder must read, made without a library.
def stored_as_zstd(content: bytes) -> bytes:
    size = len(content)
    return (
        b"\x28\xb5\x2f\xfd\x60" + (size - 256).to_bytes(2, "little") + (size << 3 | 1).to_bytes(3, "little") + content
    )


def stored_as_brotli(content: bytes) -> bytes:
    head = 0b0 | (0 << 1) | (0 << 2) | (len(content) - 1) << 4 | 1 << 20  # window, not the last, its length, as it is
    return head.to_bytes(3, "little") + content + b"\x03"


@pytest.mark.parametrize(
    ("name", "kind", "stored", "library"),
    [("a.js.zst", "zstd", stored_as_zstd, "backports.zstd"), ("a.js.br", "brotli", stored_as_brotli, "brotli")],
)
@pytest.mark.parametrize("there", [True, False])
def test_what_a_library_reads(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    kind: str,
    stored: Callable[[bytes], bytes],
    library: str,
    there: bool,
) -> None:
    """Where the library is not installed that is said, with what to install."""
    key = filled("KEY={{service_role_jwt}}\n" + "words\n" * 50).encode()
    (tmp_path / name).write_bytes(stored(key))
    (tmp_path / f"broken.{name}").write_bytes(stored(key)[:-99])
    there = there and find_spec(library.partition(".")[0]) is not None  # else it is honest to say so
    if not there:
        monkeypatch.setitem(sys.modules, library, None)
        monkeypatch.setitem(sys.modules, "compression.zstd", None)

    found = Scanned(tmp_path)

    missing = f"not opened: {kind} is not read here: pip install 'supagate[archives]'"
    damaged = "not opened: damaged, or no archive for all its beginning"
    wanted = [(f"broken.{name}", damaged)] if there else [(name, missing), (f"broken.{name}", missing)]
    assert sorted(found.unjudged) == sorted(wanted)
    assert (name, 1, Kind.SERVICE_ROLE) in found.met
