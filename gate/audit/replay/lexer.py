"""Where quotes, comments and statements begin and end, by looking alone: works on text that does not parse, in linear time."""

import re
from collections.abc import Iterator

SPACE = " \t\n\r\f\v"
_WORD = r"\w$\x80-\U0010ffff"
_DOLLAR = r"\$(?:[A-Za-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*+)?+\$"
_QUOTED = (
    r"--[^\n\r]*+"
    r'|"[^"]*+(?:"|\Z)'
    rf"|(?<![{_WORD}])[eE]'(?:[^'\\]++|\\.|'')*+(?:\\?\Z|')"
    r"|'[^']*+(?:''[^']*+)*+(?:'|\Z)"
    rf"|(?<![{_WORD}]){_DOLLAR}"
    r"|/\*"
)
# Compiled where they are used, which is seldom: classes of so many characters would make a slow start. So would setting aside
# the case of more than the words.
_MARK = rf"{_QUOTED}|[;()]"
_MARK_OR_BLOCK = rf"{_QUOTED}|[;()]|(?<![{_WORD}])(?i:begin|case|end)(?![{_WORD}])"
_MARK_OR_LINE = rf"{_QUOTED}|;|(?m:^)\\"
_COMMENT = re.compile(r"/\*|\*/")
_BETWEEN = re.compile(rf"(?:[{SPACE};]++|--[^\n\r]*+)*+")
_ATOMIC = re.compile(r"\bbegin\s+atomic\b", re.IGNORECASE)
_FUNCTION = re.compile(r"create\s+(?:or\s+replace\s+)?(?:function|procedure)\b", re.IGNORECASE)
_LONG_RUN = 500
_RUN = re.compile(rf"[-+*/<>=~!@#%^&|`?]{{{_LONG_RUN},}}")
_SIGNS = frozenset("-+*/<>=~!@#%^&|`?")
_BRACKET = rf"{_QUOTED}|[()]"


def leading(text: str, at: int = 0) -> int:
    """Where the first statement begins: white space, comments and empty statements are passed over."""
    while text.startswith("/*", at := _between(text, at)):
        at = comment_end(text, at)
    return at


def _between(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def comment_end(text: str, at: int) -> int:
    """The end of the comment that begins here, comments in it included; the end of the text where it is never closed."""
    depth = 0
    for found in _COMMENT.finditer(text, at):
        depth += 1 if found.group() == "/*" else -1
        if depth == 0:
            return found.end()
    return len(text)


def _next(pattern: re.Pattern[str], text: str, at: int) -> tuple[str, int, int] | None:
    """The next quoted text, comment or mark: its first character, begin and end."""
    found = pattern.search(text, at)
    if not found:
        return None
    begin, end = found.span()
    sign = text[begin]
    if sign == "/":
        end = comment_end(text, begin)
    elif sign == "$":
        close = text.find(found.group(), end)
        end = len(text) if close < 0 else close + end - begin
    elif sign in "eE" and text[begin + 1] == "'":
        sign = "'"
    return sign, begin, end


def _marks(pattern: str, text: str, at: int = 0) -> Iterator[tuple[str, int, int]]:
    compiled = re.compile(pattern, re.DOTALL)
    while found := _next(compiled, text, at):
        yield found
        at = found[2]


def ends(text: str, *, nested: bool = True) -> Iterator[int]:
    """Where each statement's semicolon stands; with `nested`, not those in parentheses and in BEGIN ATOMIC ... END."""
    blocks = nested and _ATOMIC.search(text) is not None
    begin = depth = inside = 0
    function: bool | None = None  # whether the present statement makes one
    for sign, at, end in _marks(_MARK_OR_BLOCK if blocks else _MARK, text):
        if sign == ";" and (not nested or depth == inside == 0):
            yield at
            begin, function = end, None
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth = max(0, depth - 1)
        elif sign in "bBcCeE":  # as psql counts: a CASE ends with END as well
            if function is None:
                function = _FUNCTION.match(text, leading(text, begin)) is not None
            if function and (sign in "bB" or (inside and sign in "cC")):
                inside += 1
            elif inside and sign in "eE":
                inside -= 1


def foreign(text: str) -> Iterator[tuple[int, int]]:
    """Lines for psql, and the data that follow a COPY FROM stdin, outside of every quote."""
    began = at = 0
    pattern = re.compile(_MARK_OR_LINE, re.DOTALL)
    while found := _next(pattern, text, at):
        sign, begin, at = found
        if sign == "\\":
            began = at = _line_end(text, begin)
            yield begin, at
        elif sign == ";":
            data = _copied(text, began, begin)
            began = at
            if data:
                yield data
                began = at = data[1]


_COPY_IN = re.compile(r"copy\b.*\bfrom\s+stdin\b", re.IGNORECASE | re.DOTALL)
_COPY_END = re.compile(r"(?m)^\\\.[ \t\r]*$")


def _copied(text: str, begin: int, end: int) -> tuple[int, int] | None:
    """The data after a COPY FROM stdin."""
    if not _COPY_IN.match(text, leading(text, begin), end):
        return None
    start = _line_end(text, end)
    close = _COPY_END.search(text, start)
    return start, close.end() if close else len(text)


def _line_end(text: str, at: int) -> int:
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline


def unquoted(text: str) -> int:
    """How many characters stand outside of quotes and comments."""
    return len(text) - sum(end - begin for sign, begin, end in _marks(_BRACKET, text) if sign not in "()")


_OPERATORS = "-+*/<>=~!@#%^&|`?:"
_SETS = ("union", "intersect", "except")
_LINKS = ("join", "collate", "at")  # words that may follow one another without brackets
_LINK = rf"{_QUOTED}|[;(),]|[{_OPERATORS}]++|(?<![{_WORD}])(?i:and|or|{'|'.join((*_SETS, *_LINKS))})(?![{_WORD}])"


def chained(text: str, limit: int) -> bool:
    """Whether a statement may link more than so many operands, or queries, each of which makes its tree a level deeper."""
    levels = [[0, 0]]  # in each open parenthesis: operators since the last comma, queries of a UNION
    total = 0
    for sign, begin, end in _marks(_LINK, text):
        word = text[begin:end].lower()
        if sign == "(":
            levels.append([0, 0])
        elif sign == ")" and len(levels) > 1:
            total -= sum(levels.pop())
        elif sign == ";":
            levels, total = [[0, 0]], 0
        elif word in {",", "and", "or"}:
            total -= levels[-1][0]
            levels[-1][0] = 0
        elif (word[0] in _OPERATORS and not word.startswith(("--", "/*"))) or (word[0].isalpha() and "'" not in word):
            levels[-1][word in _SETS] += 1
            total += 1
            if total > limit:
                return True
    return False


def links(text: bytes) -> int:
    """At most so many links are in a text; counted without looking where."""
    lower = text.lower()
    words = sum(map(lower.count, (b"union", b"intersect", b"except", b"join", b"collate", b"zone", b"local")))
    return words + len(text) - len(text.translate(None, _OPERATORS.encode()))


def rows(text: str, at: int) -> Iterator[tuple[int, int]]:
    """Begin and end of each parenthesised row of a VALUES list, the commas between them left out."""
    depth = 0
    begin = at
    for sign, found, end in _marks(_BRACKET, text, at):
        if sign == "(":
            if depth == 0:
                if text[at:found].strip(SPACE) not in {"", ","}:
                    return
                begin = found
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth == 0:
                yield begin, end
                at = end


def tamed(text: str) -> str:
    """The text without the comments over which the parser takes quadratic time.

    Raises ValueError with the place for what else would: hundreds of operator characters in a row.
    """
    # A run that long stands across one of these characters.
    if _SIGNS.isdisjoint(text[::_LONG_RUN]) or not _RUN.search(text):
        return text
    kept: list[str] = []
    done = 0
    for _, begin, end in _marks(_BRACKET, text):
        found = _RUN.search(text, done, begin)
        if found:
            raise ValueError(found.start())
        kept.append(text[done:begin])
        kept.append(_blank(text, begin, end) if text[begin] in "-/" else text[begin:end])
        done = end
    found = _RUN.search(text, done)
    if found:
        raise ValueError(found.start())
    return "".join(kept) + text[done:]


def _blank(text: str, begin: int, end: int) -> str:
    """A comment made of blanks; one that is never closed keeps its beginning, so that it is refused."""
    comment = text[begin:end]
    kept = 2 if comment[0] == "/" and comment_depth(comment) else 0
    return comment[:kept] + blanks(comment[kept:])


def comment_depth(comment: str) -> int:
    """How many comments are still open at the end."""
    return sum(1 if found.group() == "/*" else -1 for found in _COMMENT.finditer(comment))


def never_closed(text: str) -> bool:
    """Whether white space and comments end inside a comment."""
    at = 0
    while (at := _between(text, at)) < len(text):
        end = comment_end(text, at)
        if end == len(text) and comment_depth(text[at:]):
            return True
        at = end
    return False


def blanks(text: str) -> str:
    """White space of the same length, with the same lines."""
    return re.sub(r"[^\n]+", lambda found: " " * len(found.group()), text)
