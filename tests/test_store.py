"""The cache folder as a hostile or unlucky place: nothing in it can do more than be ignored."""

import os
import threading
from pathlib import Path

import pytest

from gate.store import ENTRIES, Store, cache_folder

KEY = "a" * 64


@pytest.fixture
def store(tmp_path: Path) -> Store:
    one = Store(tmp_path / "cache/supagate/audit")
    one.write(KEY, b"what was seen")
    return one


def entry(store: Store) -> Path:
    return store.folder / KEY


def test_what_was_written_is_read_again(store: Store) -> None:
    assert store.read(KEY) == b"what was seen"
    assert store.read("b" * 64) is None


def test_folder_and_files_are_the_users_alone(store: Store) -> None:
    assert oct(store.folder.stat().st_mode & 0o777) == "0o700"
    assert oct(entry(store).stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize("size", [0, 1, 31, 32, 40])
def test_a_truncated_entry_is_none(store: Store, size: int) -> None:
    entry(store).write_bytes(entry(store).read_bytes()[:size])

    assert store.read(KEY) is None


@pytest.mark.parametrize("at", [0, 31, 32, -1])
def test_an_entry_with_one_other_byte_is_none(store: Store, at: int) -> None:
    data = bytearray(entry(store).read_bytes())
    data[at] ^= 1
    entry(store).write_bytes(data)

    assert store.read(KEY) is None


def test_an_entry_under_another_key_is_none(store: Store) -> None:
    entry(store).rename(store.folder / ("b" * 64))

    assert store.read("b" * 64) is None


def test_an_entry_that_others_may_write_is_none(store: Store) -> None:
    entry(store).chmod(0o620)

    assert store.read(KEY) is None


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o777])
def test_a_folder_that_is_open_to_others_is_not_used(store: Store, mode: int) -> None:
    store.folder.chmod(mode)
    store.write("b" * 64, b"more")

    assert store.read(KEY) is None
    assert not (store.folder / ("b" * 64)).exists()


def test_what_belongs_to_somebody_else_is_none(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    me = os.geteuid()
    monkeypatch.setattr("os.geteuid", lambda: me + 1)
    store.write("b" * 64, b"more")

    assert store.read(KEY) is None
    assert not (store.folder / ("b" * 64)).exists()


def test_a_link_is_not_followed(store: Store, tmp_path: Path) -> None:
    elsewhere = tmp_path / "planted"
    entry(store).rename(elsewhere)
    entry(store).symlink_to(elsewhere)
    assert store.read(KEY) is None

    link = tmp_path / "link"
    link.symlink_to(store.folder)
    elsewhere.rename(tmp_path / "other")
    assert Store(link).read(KEY) is None


def test_a_pipe_does_not_hang(store: Store) -> None:
    entry(store).unlink()
    os.mkfifo(entry(store), 0o600)

    assert store.read(KEY) is None


def test_a_folder_in_place_of_an_entry(store: Store) -> None:
    entry(store).unlink()
    entry(store).mkdir()
    store.write(KEY, b"again")

    assert store.read(KEY) is None


def test_an_enormous_entry_is_neither_written_nor_read(store: Store) -> None:
    store.write("b" * 64, bytes(store.largest))
    assert not (store.folder / ("b" * 64)).exists()

    os.truncate(entry(store), store.largest + 1)
    assert store.read(KEY) is None


def test_where_nothing_can_be_written_nothing_happens(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file/supagate/audit")
    store.write(KEY, b"what was seen")

    assert store.read(KEY) is None


def test_a_full_disk_leaves_the_old_entry_and_no_rubbish(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    store.write(KEY, b"newer")

    assert store.read(KEY) == b"what was seen"
    assert [one.name for one in store.folder.iterdir()] == [KEY]


def test_the_least_used_go_first(store: Store) -> None:
    for number in range(ENTRIES + 5):
        key = f"{number:064}"
        store.write(key, b"x")
        os.utime(store.folder / key, (number, number))

    names = {one.name for one in store.folder.iterdir()}
    assert len(names) == ENTRIES
    assert KEY in names
    assert f"{0:064}" not in names


def test_many_at_once_see_whole_entries(store: Store) -> None:
    wrong: list[bytes | None] = []

    def work(number: int) -> None:
        for _ in range(50):
            store.write(KEY, bytes([number]) * 10_000)
            found = store.read(KEY)
            if found is None or (len(set(found)) != 1) or len(found) != 10_000:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert wrong == []


def test_where_the_folder_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cache_folder(tmp_path / "project", "audit") == tmp_path / "cache/supagate/audit"

    monkeypatch.setenv("XDG_CACHE_HOME", "cache")  # relative ones are to be ignored
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_folder(tmp_path / "project", "audit") == tmp_path / "home/.cache/supagate/audit"

    monkeypatch.setattr("sys.platform", "darwin")
    assert cache_folder(tmp_path / "project", "audit") == tmp_path / "home/Library/Caches/supagate/audit"


def test_never_inside_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "project")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "link/.cache"))

    assert cache_folder(tmp_path / "project", "audit") is None
