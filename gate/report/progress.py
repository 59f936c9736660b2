"""What a run shows on stderr while it works: live lines on a terminal, plain ones elsewhere."""

import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console

from gate.report.plain import log_line, plain

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

ENDS = {"done": ("✓", "green"), "stopped": ("✗", "red")}
QUIET = 0.5  # seconds between two plain lines of one check, so that a log stays readable


class Progress:
    """The latest word of each check. `say` may be called from any thread."""

    def __init__(self, checks: Sequence[str]) -> None:
        self._began = time.monotonic()
        self._words = dict.fromkeys(checks, "waiting")
        self._said = dict.fromkeys(checks, 0.0)
        self._lock = threading.Lock()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        console = Console(stderr=True, highlight=False)
        if console.is_terminal:
            from rich.live import Live

            self._live = Live(get_renderable=self._table, console=console, refresh_per_second=8, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()
            self._live = None

    def say(self, check: str, text: str) -> None:
        """Show what a check is doing now."""
        now = time.monotonic()
        with self._lock:
            self._words[check] = text
            due = text in ENDS or now - self._said.get(check, 0.0) >= QUIET
            if self._live or not due:
                return
            self._said[check] = now
            print(f"{now - self._began:6.1f}s  {check:<6} {log_line(text)}", file=sys.stderr, flush=True)

    def _table(self) -> "Table":
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        for check, word in list(self._words.items()):
            sign, style = ENDS.get(word, ("•", "cyan"))
            table.add_row(Text(sign, style=style), check, Text(plain(word), style="dim"))
        table.add_row("", "", Text(f"{time.monotonic() - self._began:.1f} s", style="dim"))
        return table
