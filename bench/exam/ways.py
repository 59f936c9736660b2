"""Every clothing that a key may wear, as a function from the key to a text that holds it."""

import base64
import json
import urllib.parse
from collections.abc import Callable

Text = Callable[[str], str]
Way = Callable[[str], str | bytes]


def b64(value: str) -> str:
    """In base64."""
    return base64.b64encode(value.encode()).decode()


def each(form: str) -> Text:
    """Each letter by its number."""
    return lambda value: "".join(form.format(ord(letter)) for letter in value)


def cut(between: str, *, pieces: int = 3, around: str = '"') -> Text:
    """In literals with something between them."""

    def way(value: str) -> str:
        size = -(-len(value) // pieces)
        return around + between.join(value[start : start + size] for start in range(0, len(value), size)) + around

    return way


def folded(between: str, width: int = 64) -> Text:
    """In lines of that width."""
    return lambda value: between.join(value[start : start + width] for start in range(0, len(value), width))


def variables(value: str) -> str:
    """Half and half in two variables."""
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
