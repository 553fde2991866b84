"""Run the container of a Job as a local process: variables from ConfigMaps and Secrets, each mount a folder."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Kubelet:
    """The state of a node: ConfigMaps and Secrets by name, and a folder for volumes."""

    folder: Path
    config_maps: dict[str, dict[str, str]]
    secrets: dict[str, dict[str, str]]
    more: dict[str, str] = field(default_factory=dict)
    """Variables that differ on this machine: loopback addresses, a settings file."""
    hidden: tuple[str, ...] = ()
    """Files that a test needs and a pod does not have: the kubeconfig."""
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, job: dict[str, Any]) -> None:
        """Start the process as the pod's container would be started."""
        (container,) = job["spec"]["template"]["spec"]["containers"]
        places = {mount["mountPath"]: str(self.place(mount["mountPath"])) for mount in container["volumeMounts"]}
        for place in places.values():
            Path(place).mkdir(parents=True, exist_ok=True)
        variables = {name: _moved(value, places) for name, value in self.variables(container).items()}
        arguments = [_moved(argument, places) for argument in container["args"]]
        for path in self.hidden:
            arguments = [argument.replace(path, "/no/such/file") for argument in arguments]
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        programs = str(Path(sys.executable).parent)
        environment = {**kept, "PATH": f"{programs}:{kept['PATH']}", **variables, **self.more}
        with (self.folder / f"{job['metadata']['name']}.log").open("wb") as log:
            self.processes[job["metadata"]["name"]] = subprocess.Popen(
                arguments, env=environment, cwd=places["/var/lib/sparky"], stdout=log, stderr=log
            )

    def place(self, mount: str) -> Path:
        """Return the folder for a path of the container."""
        return self.folder / "node" / mount.strip("/").replace("/", "-")

    def variables(self, container: dict[str, Any]) -> dict[str, str]:
        """Return the environment of the container. A dangling reference raises, as the container would not start."""
        found: dict[str, str] = {}
        for source in container.get("envFrom", []):
            if reference := source.get("configMapRef"):
                found |= self.config_maps[reference["name"]]
            if reference := source.get("secretRef"):
                optional = {} if reference.get("optional") else self.secrets[reference["name"]]
                found |= self.secrets.get(reference["name"], optional)
        for variable in container.get("env", []):
            if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
                found[variable["name"]] = self.secrets[reference["name"]][reference["key"]]
            else:
                found[variable["name"]] = variable["value"]
        return found

    def status(self, name: str) -> dict[str, int]:
        """Return the status of a Job by the exit of its process."""
        code = self.processes[name].poll()
        return {"active": 1} if code is None else {"succeeded": 1} if code == 0 else {"failed": 1}

    def end(self, name: str) -> int:
        """Stop a pod as its deletion does: SIGTERM, then SIGKILL after the grace period."""
        process = self.processes[name]
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def printed(self, name: str) -> str:
        """Return the output of the process."""
        return (self.folder / f"{name}.log").read_text()

    def end_all(self) -> None:
        """Stop all processes, so that none outlives a test."""
        for process in self.processes.values():
            process.kill()
            process.wait()


def _moved(text: str, places: dict[str, str]) -> str:
    for mount in sorted(places, key=len, reverse=True):
        if mount != "/tmp":
            text = text.replace(mount, places[mount])
    return text
