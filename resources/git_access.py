"""Who we are to a remote repository. Secrets go to git by its environment alone, in no URL, argument, file or log."""

import base64
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from resources.errors import GitError

ALLOWED_SCHEMES = "https:http:ssh:git:file"


MAX_STALL_SECONDS = 60
"""A transfer that moves nothing for so long is a lost network."""


@dataclass(frozen=True)
class GitAccess:
    """How to prove who we are: a token for https, a key for ssh, or nothing, and git's own helpers then."""

    username: str = "x-access-token"
    token: SecretStr | None = None
    ssh_key_file: Path | None = None
    known_hosts_file: Path | None = None
    ca_file: Path | None = None

    def build_environment(self, url: str) -> dict[str, str]:
        """The variables with which git reaches `url`.

        Raises:
            GitError: when a token would cross the network in the clear, or a file is missing.
        """
        for name, file in (
            ("ssh_key_file", self.ssh_key_file),
            ("known_hosts_file", self.known_hosts_file),
            ("ca_file", self.ca_file),
        ):
            if file is not None and not os.access(file, os.R_OK):
                raise GitError(f"{name} = {file}: cannot be read.")
        given = {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",  # answers nothing, where git would open a window
            "GIT_ALLOW_PROTOCOL": ALLOWED_SCHEMES,
            "GIT_SSH_COMMAND": self._build_ssh_command(),
            "GIT_SSH_VARIANT": "ssh",
            "GIT_HTTP_LOW_SPEED_LIMIT": "1",
            "GIT_HTTP_LOW_SPEED_TIME": str(MAX_STALL_SECONDS),
            # What git traces where somebody asked it to may not hold what we send.
            "GIT_TRACE_REDACT": "1",
            "GIT_TRACE_CURL_NO_DATA": "1",
            "GIT_TRACE_PACKET": "0",
        }
        if self.ca_file is not None:
            given["GIT_SSL_CAINFO"] = str(self.ca_file.absolute())
        return given | _to_config_variables(self._build_configuration(url))

    def _build_configuration(self, url: str) -> dict[str, str]:
        # A redirect would carry the header to a place that nobody chose.
        settings = {"http.followRedirects": "false"}
        parts = urlsplit(url)
        if self.token is None or parts.scheme not in {"http", "https"}:
            return settings
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            raise GitError(f"{url}: a token would cross the network in the clear. Use https.")
        pair = f"{self.username}:{self.token.get_secret_value()}".encode()
        basic = base64.b64encode(pair).decode()
        return {
            **settings,
            "credential.helper": "",  # an empty one forgets all others: nobody is asked for it or keeps it
            f"http.{parts.scheme}://{parts.netloc}/.extraHeader": f"Authorization: Basic {basic}",
        }

    def _build_ssh_command(self) -> str:
        options = ["BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=15",
                   f"ServerAliveInterval={MAX_STALL_SECONDS // 4}", "ServerAliveCountMax=4"]  # fmt: skip
        if self.known_hosts_file is not None:
            options.append(f"UserKnownHostsFile={self.known_hosts_file.absolute()}")
        command = ["ssh", *(part for option in options for part in ("-o", option))]
        if self.ssh_key_file is not None:
            command += ["-o", "IdentitiesOnly=yes", "-i", str(self.ssh_key_file.absolute())]
        return shlex.join(command)


def _to_config_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings of git as GIT_CONFIG_COUNT and its kin, which no process list shows."""
    found = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
