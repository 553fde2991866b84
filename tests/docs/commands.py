"""How each command of the documentation is tried, or why it is not. Keep the list of reasons short.

`sparky …` runs as written, in a folder with a small history and its own settings, unless it is listed in `NOT_RUN`.
`just …` must be a recipe. Any other program must be listed. A reason may name the test that tries the command instead.
"""

import re

NOT_RUN = {
    r"sparky demo .*https://.*": "clones from the internet; tests/cli/test_demo.py has URLs of its own",
    r"sparky init": "asks a person; tests/cli/test_init.py gives it options",
    r"sparky completion .*|sparky man": "tests/cli/test_conventions.py checks what they print",
    r"sparky ui.*": "serves until it is stopped; tests/cli/test_status_doctor_config.py asks for its help",
    r"sparky serve.*": "serves until it is stopped; tests/reader starts and asks it as a process",
    r"sparky preview .*--open": "opens a browser; without `--open` tests/cli/test_templates.py runs it",
    r"sparky preview .*--diff": "needs a second edition; tests/cli/test_templates.py makes one",
    r"sparky unpublish .*": "needs the destination that the page names; tests/cli/test_publish.py has one",
    r"sparky up": "serves until it is stopped; tests/cli/test_up.py starts and ends it",
    r"sparky backfill \S+-01-01\.\.\S+-12-31": "a year takes minutes; the six weeks of the README are run",
    r"sparky backfill .*--background.*": "needs the service that `sparky up` starts",
    r"dagster dev.*": "serves until it is stopped; tests/test_definitions.py loads what it loads",
    r"pip install uv": "what runs these tests was installed so",
    r"uv sync.*": "what runs these tests was installed so",
    r"pip download .*|unzip .*": "loads a model of 98 MB",
    r"sparky model-check --prose": "needs that model",
    r"uv tool install .*": "installs from an address; the tests build the wheel that it would",
    r"ruff .*|mypy": "CI runs them",
    r"pytest.*": "the tests themselves; tests/docs/test_contributing.py runs those of the worked example",
    r"python -m benchmarks\.\w+": "minutes of measuring; that the module is there is checked",
    r"python -m tools\.\w+": "writes into docs/; tests compare what it would write",
    r"(kubectl|k3d|k3s|kind|helm|kustomize)\b.*": "needs a cluster; tests/k8s renders what it would apply",
    r"(docker|podman|nerdctl|ctr|buildah)\b.*": "needs a container engine",
    r"compose/restore\.sh": "needs a container engine; tests/k8s/test_backup.py runs its steps",
    r"(ollama|vllm|nvidia-smi)\b.*": "needs a model server",
    r"gh\b.*": "needs somebody who is logged in to GitHub",
    r"(sudo|sudoedit|systemctl|journalctl)\b.*": "changes or reads the machine",
    r"openssl rand\b.*": "gives random bytes",
    r"(curl|wget|psql|pg_dump|pg_restore)\b.*": "asks a server that no test of the documentation starts",
    r"(git clone|git remote|git push|git pull)\b.*": "needs a server; tests/resources speaks to one",
    r"git apply -C1 --recount .*": "tests/docs/test_contributing.py runs it with each diff",
    r"git revert --no-edit HEAD": "changes the repository of whoever reads it",
    r"(cd|cp|mv|ls|cat|mkdir|tar|rsync|rm|jq|less|tail)\b.*": "the shell's own business",
}
"""Patterns of whole commands, without `uv run`, and the reason why they are not run."""

EXIT_CODES = {
    r"sparky status.*": {0, 3},  # 3: something is missing, which is a valid result
    r"sparky publish .*--dry-run.*": {0, 3},
    r"sparky service status": {0, 4},  # 4: its units are not installed on this machine
    r"sparky demo": {0},
}
"""Exit codes that count as success."""

SHORTENED = {
    r"sparky backfill 2025-01-01\.\.2025-11-30 .*": ("--until", "collect", "--kinds", "month"),  # a year: minutes
    r"sparky backfill .*": ("--until", "metrics"),  # the next steps take a run for each period: a minute for six weeks
}
"""Options that are added to commands, so that the tests stay fast."""

ONCE = {"sparky demo"}
"""Commands without preconditions. They are shown on several pages and run on the first."""

NEEDS_GITHUB = (r"sparky estimate.*",)
"""Commands that run against the fake GitHub."""


def reason(command: str) -> str | None:
    """Return why a command is not run."""
    return next((why for pattern, why in NOT_RUN.items() if re.fullmatch(pattern, command)), None)


def allowed_codes(command: str) -> set[int]:
    """Return the exit codes that mean success."""
    return next((codes for pattern, codes in EXIT_CODES.items() if re.fullmatch(pattern, command)), {0})


def added(command: str) -> tuple[str, ...]:
    """Return the options that shorten a command."""
    return next((words for pattern, words in SHORTENED.items() if re.fullmatch(pattern, command)), ())
