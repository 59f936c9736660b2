"""What can go wrong, as one clear line each: what, where, and what to do."""

import signal
import sys

# By which somebody outside asks us to end; Ctrl-C is another matter.
ENDING: tuple[signal.Signals, ...] = (signal.SIGTERM,)
if sys.platform != "win32":
    ENDING += (signal.SIGHUP,)


class GateError(Exception):
    """A problem that stops a check or the gate; its text is one line for the user and holds no secret."""

    exit_code = 3


class UsageError(GateError):
    """The command line cannot be understood."""

    exit_code = 2


class ConfigError(GateError):
    """The configuration cannot be understood."""

    exit_code = 2


class InputError(GateError):
    """Something the gate was told to judge cannot be read."""


class RuleError(GateError):
    """A rule file does not say what a rule file must say."""


class Incomplete(GateError):  # noqa: N818 - it is an answer ("cannot say"), not a fault
    """A check cannot say: something it needs is missing, broke, or ran out of time."""


class Interrupted(GateError):  # noqa: N818 - the user's wish, not a fault
    """The user pressed Ctrl-C or the process was asked to end."""

    exit_code = 130


def bug_words(bug: Exception) -> str:
    """An unexpected exception in words. Its text is left out: it may quote what must not be shown."""
    trace = bug.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else ""
    return f"internal error, {type(bug).__name__}{where}; please report it"
