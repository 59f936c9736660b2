"""Every clothing a key may wear: found by the words that ripgrep looks for and by the judge, and nothing else is."""

import time
from pathlib import Path

import pytest

from bench.exam.ways import WAYS, b64, cut
from gate.scan.fakes import FAKES
from gate.scan.kinds import Kind
from tests.scan.project import Scanned

KINDS = {
    "service_role_jwt": Kind.SERVICE_ROLE,
    "sb_secret": Kind.SECRET_KEY,
    "replicate_token": Kind.REPLICATE,
    "management_token": Kind.MANAGEMENT,
    "anon_jwt": None,
    "sb_publishable": None,
    "user_jwt": None,
}
REAL = ("service_role_jwt", "sb_secret", "replicate_token", "management_token")
# A short token in pieces or behind other letters has no word left that would give it away.
BEYOND = {
    *((way, fake) for way in WAYS if "file" in way or "before" in way or "twice" in way for fake in REAL[2:]),
    *((way, fake) for way in ("base64 in JSON in base64", "inline source map") for fake in REAL[2:]),
    *((way, fake) for way in WAYS if way.startswith("letters") for fake in REAL[1:]),
}


def test_every_clothing(tmp_path: Path) -> None:
    """One sweep over a file for each clothing of each key: each is met once, with its kind."""
    wanted = {}
    for number, (way, dress) in enumerate(WAYS.items()):
        for fake, kind in KINDS.items():
            path = tmp_path / f"{number}-{fake}.txt"
            worn = dress(FAKES[fake]())
            path.write_bytes(worn if isinstance(worn, bytes) else worn.encode())
            if kind and (way, fake) not in BEYOND:
                wanted[path.name] = (way, kind)

    found = Scanned(tmp_path)
    met = {path: kind for path, _, kind in found.met}

    missed = {name: what for name, what in wanted.items() if met.get(name) != what[1]}
    beyond = {f"{list(WAYS).index(way)}-{fake}.txt" for way, fake in BEYOND}
    assert sorted(missed.values()) == [], missed
    assert set(met) - set(wanted) - beyond == set()
    assert [one for one in found.met if sum(one[0] == path for path, _, _ in found.met) > 1] == []
    assert len(wanted) > 200


@pytest.mark.parametrize("at", [1, 2, 5, 9, 12, 30, 60, 100])
@pytest.mark.parametrize("fake", ["service_role_jwt", "sb_secret"])
def test_wherever_the_cut_is(tmp_path: Path, fake: str, at: int) -> None:
    key = FAKES[fake]()
    at = min(at, len(key) - 1)
    if at < 3 and fake == "sb_secret":
        at = 3  # two letters are a word of many languages

    (tmp_path / "a.js").write_text(f'const k = "{key[:at]}" + "{key[at:]}";')

    assert [kind for _, _, kind in Scanned(tmp_path).met] == [KINDS[fake]]


def test_the_place_is_where_the_clothing_begins(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"a: 1\nkey: {b64(FAKES['service_role_jwt']())}\n")

    assert [(line, kind) for _, line, kind in Scanned(tmp_path).met] == [(2, Kind.SERVICE_ROLE)]


def test_a_bundle_of_many_megabytes_is_quick(tmp_path: Path) -> None:
    code = '!function(e,t){"object"==typeof exports?module.exports=t():e.b=t()}(this,"sb","ey");'
    filling = f'a="sb_";b="eyJ";r8_=1;{code}' + code * (20_000_000 // len(code))
    (tmp_path / "bundle.js").write_text(filling + cut('"+"')(FAKES["service_role_jwt"]()) + filling[:1_000_000])

    began = time.monotonic()
    found = Scanned(tmp_path).met

    assert [(line, kind) for _, line, kind in found] == [(1, Kind.SERVICE_ROLE)]
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "text",
    [
        "\\u0065" * 100_000,
        "ZXlK" * 200_000,
        "65794a" * 100_000,
        '"eyJ"+' * 100_000,
        "eyJ\n" * 200_000,
        "c2VydmljZV9yb2xl\\n" * 40_000,
        *("e\0y\0J\0h\0" * 50_000, "%65%79" * 100_000, "sb_'" * 100_000, "WlhsS" * 100_000, '"e","y","J",' * 50_000),
    ],
    ids=lambda text: repr(text[:8]),
)
def test_hostile_clothing_takes_linear_time(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    began = time.monotonic()

    assert Scanned(tmp_path).met == []
    assert time.monotonic() - began < 8
