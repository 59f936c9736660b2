"""Untrusted text made safe to print: names and messages may carry control characters that drive a terminal."""

import unicodedata


def plain(text: str, *, lines: bool = False) -> str:
    r"""`text` with control and invisible formatting characters shown as escapes (`\x1b`), and lone surrogates too.

    With `lines`, line ends and tabs stay, for blocks such as SQL.
    """
    if text.isprintable():  # none of those is; nearly every text ends here
        return text
    kept = "\n\t" if lines else ""
    return "".join(
        c if c in kept or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else _escape(c) for c in text
    )


def log_line(text: str) -> str:
    """`text` on one line of a log: of `##[` the runner of GitHub Actions would make a command, wherever it stands."""
    return plain(text).replace("##[", "\\x23#[")


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()
