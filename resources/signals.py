"""Signals of programs that a script starts in the background."""

import signal


def end_on_termination() -> None:
    """Let SIGINT, and with Dagster SIGTERM, end this process also where a script started it as `program &`.

    A shell without job control ignores SIGINT for such programs, and Dagster handles SIGTERM like SIGINT: both were
    ignored, and a code server did not end within 300 s. Programs that this one starts inherit the rule.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
