"""BEGIN, COMMIT and ROLLBACK inside a file: what is rolled back never happened."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from gate.audit.replay import parser
from gate.finding import Span
from gate.migration import Statement

BEGINS = {"TRANS_STMT_BEGIN", "TRANS_STMT_START"}
COMMITS = {"TRANS_STMT_COMMIT", "TRANS_STMT_PREPARE"}
ROLLBACKS = {"TRANS_STMT_ROLLBACK"}


def controls(statements: Iterable[Statement]) -> Iterator[tuple[str, Span]]:
    """BEGIN, COMMIT and ROLLBACK by those words, with their places."""
    for statement in statements:
        if statement.tree is not None and parser.packed_kind(statement.tree) == "TransactionStmt":
            kind = parser.enum(parser.unwrap(parser.opened(statement.tree)), "kind")
            word = "BEGIN" if kind in BEGINS else "COMMIT" if kind in COMMITS else "ROLLBACK"
            if kind in {*BEGINS, *COMMITS, *ROLLBACKS}:
                yield word, statement.place


def kept(statements: Iterable[Statement]) -> Iterator[Statement]:
    """The statements that take effect. A file that ends inside a transaction loses it with its connection."""
    for _, file in groupby(statements, key=lambda statement: statement.place.path):
        yield from _kept(file)


def _kept(file: Iterable[Statement]) -> list[Statement]:
    done: list[Statement] = []
    began: int | None = None
    savepoints: list[tuple[str, int]] = []
    for statement in file:
        if statement.tree is None or parser.packed_kind(statement.tree) != "TransactionStmt":
            done.append(statement)
            continue
        tree = parser.unwrap(parser.opened(statement.tree))
        kind = parser.enum(tree, "kind")
        if kind in BEGINS:
            began = len(done) if began is None else began
        elif kind == "TRANS_STMT_SAVEPOINT":
            savepoints.append((tree.savepoint_name, len(done)))
        elif kind == "TRANS_STMT_ROLLBACK_TO":
            back = [at for name, at in savepoints if name == tree.savepoint_name]
            done = _cut(done, back[-1] if back else None)
        elif kind in COMMITS | ROLLBACKS:
            done = _cut(done, began if kind in ROLLBACKS else None)
            began, savepoints = None, []
    return _cut(done, began)


def _cut(done: list[Statement], at: int | None) -> list[Statement]:
    """Without what follows; statements that do not parse stay, they are findings wherever they stand."""
    return done if at is None else done[:at] + [one for one in done[at:] if one.tree is None]
