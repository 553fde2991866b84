"""A `kubectl` for recipes: it records each call, and answers as a cluster in the given state.

KUBECTL_CALLS names the file for calls. KUBECTL_STATE is JSON: `present` (kind/name that exist), `pods` (how often pods
are still listed), `fails` (the beginning of a call that fails), `job` (what `create job` prints), `condition` (how Jobs
ended: Complete or Failed; empty while they run), `answers` (what a call prints, by its beginning).
"""

import json
import os
import sys
from pathlib import Path
from typing import Any


def answer_question(said: str, state: dict[str, Any]) -> str | None:
    """Return the output of a call that asks for a part of an object; None for other calls."""
    for beginning, answer in state.get("answers", {}).items():
        if said.startswith(beginning):
            return str(answer)
    if said.startswith("get ") and said.endswith("--output=json"):
        return '{"items": []}'
    if said.startswith("get job "):
        return str(state.get("condition", "Complete"))
    if said.startswith("get deployment ") and "jsonpath" in said:
        return str(state.get("replicas", {}).get(said.split()[2], "1"))
    return None


def main() -> int:
    """Answer one call."""
    calls = Path(os.environ["KUBECTL_CALLS"])
    state = json.loads(os.environ["KUBECTL_STATE"])
    said = " ".join(word for word in sys.argv[1:] if word != "--namespace=sparky")
    earlier = calls.read_text().splitlines() if calls.exists() else []
    if "--filename=-" in said or "/dev/stdin" in said:
        said += f" <{len(sys.stdin.read())} characters"
    with calls.open("a") as file:  # two of them run at a time in a pipe
        file.write(said + "\n")
    if state.get("fails") and said.startswith(state["fails"]):
        return 1
    if said.startswith("get pods") and sum(call.startswith("get pods") for call in earlier) < state.get("pods", 0):
        print("pod/dagster-run-1-abcde")
    if (answer := answer_question(said, state)) is not None:
        print(answer)
        return 0
    if said.startswith(("get deployment ", "get secret ")):
        return 0 if "/".join(said.split()[1:3]) in state.get("present", []) else 1
    if said.startswith("create job"):
        print(json.dumps(state["job"]))
    if said.startswith("exec") and "tar --create" in said:
        sys.stdout.buffer.write(Path(state["archive"]).read_bytes())
    elif said.startswith("exec"):
        print(state.get("prints", ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
