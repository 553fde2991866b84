"""GitHub credentials: a token, or a GitHub App that fetches short-lived tokens. No message contains a secret.

The check of what a token may read belongs to `doctor`.
"""

import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from pydantic import SecretStr

from resources.errors import GitHubDeniedError, GitHubError

RENEW_BEFORE_SECONDS = 300
"""An installation token is valid for an hour. It is renewed early, so that no request carries an expired one."""


JWT_LIFETIME_SECONDS = 540
"""GitHub refuses more than 600. `iat` is a minute in the past, since this clock may be ahead of GitHub's."""

RestCall = Callable[[str, str, str], Mapping[str, Any]]
"""Takes method, REST path and authorization header; returns the JSON response."""


class GitHubCredentials(Protocol):
    """Provider of the Authorization header of the next request."""

    def get_header(self, call: RestCall) -> str:
        """Return the value of the header; `call` sends REST requests if a token must be fetched first."""
        ...

    def invalidate(self) -> bool:
        """Drop a header that GitHub answered with 401. Return whether another one may work."""
        ...


def validate_token(token: SecretStr, origin: str) -> SecretStr:
    """Return the token, stripped. `origin` names it in errors, since the error of httpx would show the secret.

    Raises:
        GitHubDeniedError: the token is empty or cannot be sent in a header.
    """
    text = token.get_secret_value().strip()
    if not text:
        raise GitHubDeniedError(f"{origin}: the token is empty.")
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise GitHubDeniedError(f"{origin}: the token holds spaces or characters that no token has. Copy it once more.")
    return SecretStr(text)


@dataclass(frozen=True)
class AccessToken:
    """A personal access token (classic or fine-grained), GITHUB_TOKEN of an action, or the token of `gh`."""

    secret: SecretStr
    origin: str

    def get_header(self, call: RestCall) -> str:
        """Return the same header for every request."""
        del call
        return f"Bearer {self.secret.get_secret_value()}"

    def invalidate(self) -> bool:
        """Return False: a rejected token cannot be renewed."""
        return False


@dataclass
class GitHubApp:
    """One installation of a GitHub App. It has 12,500 points an hour and belongs to no person."""

    app_id: str
    private_key: SecretStr
    owner: str
    installation_id: int | None = None
    clock: Callable[[], float] = time.time
    _token: SecretStr | None = field(default=None, repr=False)
    _expires_at: float = 0.0

    def get_header(self, call: RestCall) -> str:
        """Return the token of the installation; fetch one if there is none or it expires soon."""
        if self._token is None or self.clock() >= self._expires_at - RENEW_BEFORE_SECONDS:
            self._fetch_token(call)
        assert self._token is not None
        return f"Bearer {self._token.get_secret_value()}"

    def invalidate(self) -> bool:
        """Drop the token, which may be revoked or expired. Return whether there was one to replace."""
        had_token = self._token is not None
        self._token = None
        return had_token

    def _fetch_token(self, call: RestCall) -> None:
        identity = f"Bearer {self._sign_jwt()}"
        if self.installation_id is None:
            installation = call("GET", f"/users/{self.owner}/installation", identity)
            self.installation_id = _require_field(installation, "id", int, self.owner)
        answer = call("POST", f"/app/installations/{self.installation_id}/access_tokens", identity)
        self._token = validate_token(
            SecretStr(_require_field(answer, "token", str, self.owner)), "the installation token"
        )
        self._expires_at = datetime.fromisoformat(_require_field(answer, "expires_at", str, self.owner)).timestamp()

    def _sign_jwt(self) -> str:
        # Imported late: it loads cryptography (0.2 s), which only a GitHub App needs.
        import jwt  # noqa: PLC0415

        now = int(self.clock())
        claims = {"iat": now - 60, "exp": now + JWT_LIFETIME_SECONDS, "iss": self.app_id}
        try:
            return jwt.encode(claims, self.private_key.get_secret_value(), algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise GitHubDeniedError(
                "the GitHub App's private key cannot be read. Give the .pem file that GitHub made."
            ) from error


def find_token(
    token_setting: SecretStr | None, file: Path | None, host: str, environment: Mapping[str, str]
) -> AccessToken:
    """Return the token of the setting, the file, the environment, or `gh`, in this order.

    GITHUB_TOKEN is for github.com and its tenants, GITHUB_ENTERPRISE_TOKEN for a GitHub Enterprise Server. Neither is
    sent to the other, which would leak it.

    Raises:
        GitHubDeniedError: there is no token; the message lists the ways to give one.
    """
    if token_setting is not None:
        return AccessToken(validate_token(token_setting, "the token setting"), "the token setting")
    if file is not None:
        return AccessToken(read_token(file), str(file))
    is_github_cloud = host == "github.com" or host.endswith(".ghe.com")
    names = ("GH_TOKEN", "GITHUB_TOKEN") if is_github_cloud else ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
    for name in names:
        if text := environment.get(name):
            return AccessToken(validate_token(SecretStr(text), name), name)
    if gh_token := read_gh_token(host):
        return gh_token
    raise GitHubDeniedError(
        f"no token for {host}. Give one by SPARKY_SOURCES__GITHUB__TOKEN, sources.github.token_file, {names[-1]}, "
        f"or log in with `gh auth login --hostname {host}`."
    )


def read_token(file: Path) -> SecretStr:
    """Return the token in a file.

    Raises:
        GitHubDeniedError: the file cannot be read or has no token.
    """
    return validate_token(SecretStr(read_secret(file)), str(file))


def read_secret(file: Path) -> str:
    """Return the text of a file with a secret.

    Raises:
        GitHubDeniedError: the file cannot be read.
    """
    try:
        return file.read_text(encoding="ascii")
    except OSError as error:
        raise GitHubDeniedError(f"{file}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise GitHubDeniedError(f"{file}: holds no token or key: it is not plain text.") from error


def read_gh_token(host: str) -> AccessToken | None:
    """Return the token of `gh auth token` for a host; None if gh is not installed or not logged in."""
    try:
        done = subprocess.run(
            ["gh", "auth", "token", "--hostname", host],  # noqa: S607 - found on PATH on purpose, as people install it
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode or not done.stdout.strip():
        return None
    return AccessToken(validate_token(SecretStr(done.stdout), "gh auth token"), "gh auth token")


def _require_field(answer: Mapping[str, Any], name: str, kind: type[Any], owner: str) -> Any:
    if not isinstance(value := answer.get(name), kind):
        raise GitHubError(f"{owner}: GitHub's answer about the App's installation has no {name}.")
    return value
