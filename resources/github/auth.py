"""Who we are to GitHub: a token, or a GitHub App that gets itself a fresh one. No message ever holds a secret.

What a token may see is GitHub's to say; the checks that ask are `doctor`'s.
"""

import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import jwt
from pydantic import SecretStr

from resources.errors import GitHubDeniedError, GitHubError

RENEW_BEFORE_SECONDS = 300
"""An installation token lives an hour; renewed this long before, so that no request carries one that just died."""


JWT_LIFETIME_SECONDS = 540
"""GitHub refuses more than 600; `iat` lies a minute back because our clock may be ahead of theirs."""

RestCall = Callable[[str, str, str], Mapping[str, Any]]
"""(method, REST path, authorization header) → the JSON answer."""


class GitHubCredentials(Protocol):
    """What gives the Authorization header of the next request."""

    def get_header(self, call: RestCall) -> str:
        """The header's value; `call` reaches GitHub's REST API when a token must be fetched first."""
        ...

    def invalidate(self) -> bool:
        """Drop a header that GitHub answered with 401. Return whether another one may work."""
        ...


def validate_token(token: SecretStr, origin: str) -> SecretStr:
    """The token, stripped; refused by its origin when a header cannot hold it.

    httpx would name an illegal header by its value, which is the secret.
    """
    text = token.get_secret_value().strip()
    if not text:
        raise GitHubDeniedError(f"{origin}: the token is empty.")
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise GitHubDeniedError(f"{origin}: the token holds spaces or characters that no token has. Copy it once more.")
    return SecretStr(text)


@dataclass(frozen=True)
class AccessToken:
    """A personal access token (classic or fine-grained), GITHUB_TOKEN of an action, or what `gh` uses."""

    secret: SecretStr
    origin: str

    def get_header(self, call: RestCall) -> str:
        """The same for every request."""
        del call
        return f"Bearer {self.secret.get_secret_value()}"

    def invalidate(self) -> bool:
        """A token does not get better."""
        return False


@dataclass
class GitHubApp:
    """One installation of a GitHub App. 12,500 points an hour, tied to an organisation and to no person."""

    app_id: str
    private_key: SecretStr
    owner: str
    installation_id: int | None = None
    clock: Callable[[], float] = time.time
    _token: SecretStr | None = field(default=None, repr=False)
    _expires_at: float = 0.0

    def get_header(self, call: RestCall) -> str:
        """A token of the installation, fetched when there is none or it is about to expire."""
        if self._token is None or self.clock() >= self._expires_at - RENEW_BEFORE_SECONDS:
            self._fetch_token(call)
        assert self._token is not None
        return f"Bearer {self._token.get_secret_value()}"

    def invalidate(self) -> bool:
        """Whether the token in use can be replaced: it may have been revoked, or our clock is slow."""
        had = self._token is not None
        self._token = None
        return had

    def _fetch_token(self, call: RestCall) -> None:
        identity = f"Bearer {self._sign_jwt()}"
        if self.installation_id is None:
            found = call("GET", f"/users/{self.owner}/installation", identity)
            self.installation_id = _require_field(found, "id", int, self.owner)
        answer = call("POST", f"/app/installations/{self.installation_id}/access_tokens", identity)
        self._token = validate_token(
            SecretStr(_require_field(answer, "token", str, self.owner)), "the installation token"
        )
        self._expires_at = datetime.fromisoformat(_require_field(answer, "expires_at", str, self.owner)).timestamp()

    def _sign_jwt(self) -> str:
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
    """The token to use: the setting's, that in a file, the environment's, or that of `gh`, in this order.

    GITHUB_TOKEN is for github.com and its tenants; a server of one's own has GITHUB_ENTERPRISE_TOKEN. Sending one to
    the other would give it away.

    Raises:
        GitHubDeniedError: when there is none, with the ways to give one.
    """
    if token_setting is not None:
        return AccessToken(validate_token(token_setting, "the token setting"), "the token setting")
    if file is not None:
        return AccessToken(read_token(file), str(file))
    is_theirs = host == "github.com" or host.endswith(".ghe.com")
    names = ("GH_TOKEN", "GITHUB_TOKEN") if is_theirs else ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
    for name in names:
        if text := environment.get(name):
            return AccessToken(validate_token(SecretStr(text), name), name)
    if found := read_gh_token(host):
        return found
    raise GitHubDeniedError(
        f"no token for {host}. Give one by SPARKY_SOURCES__GITHUB__TOKEN, sources.github.token_file, {names[-1]}, "
        f"or log in with `gh auth login --hostname {host}`."
    )


def read_token(file: Path) -> SecretStr:
    """The token in a file.

    Raises:
        GitHubDeniedError: when it cannot be read or holds none.
    """
    return validate_token(SecretStr(read_secret(file)), str(file))


def read_secret(file: Path) -> str:
    """The text of a file with a secret.

    Raises:
        GitHubDeniedError: when it cannot be read.
    """
    try:
        return file.read_text(encoding="ascii")
    except OSError as error:
        raise GitHubDeniedError(f"{file}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise GitHubDeniedError(f"{file}: holds no token or key: it is not plain text.") from error


def read_gh_token(host: str) -> AccessToken | None:
    """What `gh auth token` gives for a host; None where gh is not installed or not logged in."""
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
