"""Every clothing a key may wear: found by the words that ripgrep looks for and by the judge, and nothing else is."""

import base64
import json
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

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
Text = Callable[[str], str]
Way = Callable[[str], str | bytes]


def b64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def each(form: str) -> Text:
    return lambda value: "".join(form.format(ord(letter)) for letter in value)


def cut(between: str, *, pieces: int = 3, around: str = '"') -> Text:
    def way(value: str) -> str:
        size = -(-len(value) // pieces)
        return around + between.join(value[start : start + size] for start in range(0, len(value), size)) + around

    return way


def folded(between: str, width: int = 64) -> Text:
    return lambda value: between.join(value[start : start + width] for start in range(0, len(value), width))


def variables(value: str) -> str:
    half = len(value) // 2
    return f'const a = "{value[:half]}";\nconst b = "{value[half:]}";\nexport const key = a + b;'


WAYS: dict[str, Way] = {
    "plain": lambda value: f"KEY={value}",
    "with an ampersand": lambda value: f"?apikey={value}&x=1",
    "in a tag": lambda value: f"<p>{value}</p>",
    "minified": lambda value: "a=1;" * 500 + f'k="{value}",' + "b=2;" * 500,
    "JSON in JSON": lambda value: json.dumps({"a": json.dumps({"b": json.dumps({"key": value})})}),
    "__NEXT_DATA__": lambda value: (
        f'<script id="__NEXT_DATA__" type="application/json">{{"p":{{"k":"{value}"}}}}</script>'
    ),
    "source map": lambda value: json.dumps({"version": 3, "sourcesContent": [f'const k = "{value}";\n']}),
    "inline source map": lambda value: (
        "//# sourceMappingURL=data:application/json;base64," + b64(json.dumps({"s": ["x" * 3000 + f"k='{value}'"]}))
    ),
    "base64": lambda value: f"key: {b64(value)}",
    "base64 without its end": lambda value: f"key: {b64(value).rstrip('=')}",
    "base64, one letter before": lambda value: b64("=" + value),
    "base64, two letters before": lambda value: b64("==" + value),
    "base64 of a file": lambda value: b64(f"URL=https://h\nKEY={value}\nOTHER=1\n"),
    "base64 folded": lambda value: folded("\n")(b64("A=1\nKEY=" + value)),
    "base64 twice": lambda value: b64(b64(value)),
    "base64 twice of a file": lambda value: b64(b64(f"KEY={value}\n")),
    "base64 in JSON in base64": lambda value: b64(json.dumps({"k": b64(value)})),
    "Kubernetes Secret": lambda value: f"kind: Secret\ndata:\n  .env: {b64(f'KEY={value}')}\n",
    "basic authorization": lambda value: "Authorization: Basic " + b64(f"api:{value}"),
    "hex": lambda value: value.encode().hex(),
    "hex, large": lambda value: value.encode().hex().upper(),
    "hex of a file": lambda value: f"a=1\nKEY={value}\n".encode().hex(),
    "all in the address's code": each("%{:02X}"),
    "the address's code": lambda value: urllib.parse.quote(value, safe="").replace(".", "%2E").replace("_", "%5F"),
    "the address's code twice": lambda value: value.replace(".", "%252E").replace("_", "%255F"),
    r"\u": each("\\u{:04x}"),
    r"\u in JSON": each("\\\\u{:04X}"),
    r"\x": each("\\x{:02x}"),
    r"\x, large": each("\\x{:02X}"),
    "first letter escaped": lambda value: f"\\u{ord(value[0]):04x}{value[1:]}",
    "dots and lines escaped": lambda value: value.replace(".", "\\x2e").replace("_", "\\x5f"),
    "HTML entities": each("&#{};"),
    "HTML entities, hex": each("&#x{:x};"),
    "named HTML entities": lambda value: value.replace(".", "&period;").replace("_", "&lowbar;"),
    "added": cut('" + "'),
    "added over lines": cut('" +\n    "'),
    "added, single quotes": cut("' + '", around="'"),
    "added, no blanks": cut('"+"', pieces=7),
    "added in PHP": cut('" . "'),
    "side by side": cut('"\n    "'),
    "listed": cut('", "'),
    "listed over lines": cut('",\n  "', pieces=5),
    "letters listed": lambda value: json.dumps(list(value), separators=(",", ":")),
    "letters listed widely": lambda value: json.dumps(list(value)),
    "added inside JSON": lambda value: json.dumps({"code": cut('" + "')(value)}),
    "two variables": variables,
    "two settings": lambda value: f"KEY_1={value[: len(value) // 2]}\nKEY_2={value[len(value) // 2 :]}\n",
    "folded": folded("\n", 30),
    "folded with blanks": folded("\n    ", 30),
    "folded by backslashes": folded("\\\n", 30),
    "folded in a comment": lambda value: "# " + folded("\n# ", 30)(value),
    "folded, carriage returns": folded("\r\n", 30),
    "folded as mail": folded("=\n", 30),
    "folded inside JSON": lambda value: json.dumps({"key": folded("\n", 30)(value)}),
    "a notebook": lambda value: json.dumps({"source": ["x = 1\n", f"k = '{value}'\n"]}),
    "UTF-16 with its mark": lambda value: f"KEY={value}\n".encode("utf-16"),
    "UTF-16, little end first": lambda value: f"KEY={value}\n".encode("utf-16-le"),
    "UTF-16, big end first": lambda value: f"KEY={value}\n".encode("utf-16-be"),
    "UTF-32, little end first": lambda value: f"KEY={value}\n".encode("utf-32-le"),
    "UTF-32, big end first": lambda value: f"KEY={value}\n".encode("utf-32-be"),
    "between zeros": lambda value: b"\0" + value.encode() + b"\0",
    "SQL": lambda value: f'select net.http_post(headers := \'{{"apikey": "{value}"}}\');',
    "shell history": lambda value: f": 1700000000:0;curl -H 'apikey: {value}' https://h",
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
