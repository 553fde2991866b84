"""Exit codes of every command, one meaning each. `sparky --help`, the man page and docs/cli.md show this table."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    OUT_OF_DATE = 3
    UNHEALTHY = 4
    INTERRUPTED = 130
    BROKEN_PIPE = 141


EXIT_CODE_MEANINGS = {
    ExitCode.DONE: "done, and nothing is left to do",
    ExitCode.FAILED: "failed; standard error says what, why, and what to do",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.OUT_OF_DATE: "a period is missing, or a destination would change or differs: status, publish, unpublish",
    ExitCode.UNHEALTHY: "a service or a setting does not work: status, doctor, service status, alerts test",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
    ExitCode.BROKEN_PIPE: "the program that reads the output ended",
}
