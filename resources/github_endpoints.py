"""Where a GitHub answers: the REST and GraphQL addresses of github.com, an Enterprise Server or a ghe.com tenant."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from resources.errors import GitHubError


@dataclass(frozen=True)
class GitHubEndpoints:
    """The two addresses of one GitHub, and the host name that people and `gh` know it by."""

    rest_url: str
    graphql_url: str
    host: str

    @classmethod
    def from_address(cls, address: str) -> "GitHubEndpoints":
        """Read what people write: nothing, `github.com`, `https://ghes.example.com/api/v3/`, `acme.ghe.com`.

        Raises:
            GitHubError: when it is no address, or would send the token over an open line.
        """
        try:
            parts = urlsplit(address if "://" in address else f"https://{address or 'github.com'}")
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError as error:
            raise GitHubError(f"{address}: not an address: {error}.") from error
        if not re.fullmatch(r"[a-z0-9.:-]+", host) or parts.username or parts.query or parts.fragment:
            raise GitHubError(f"{address}: not the address of a GitHub. Write it like https://github.example.com.")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
            raise GitHubError(f"{address}: the token would travel unencrypted. Use https://.")
        if host in {"github.com", "www.github.com", "api.github.com"}:
            return cls("https://api.github.com", "https://api.github.com/graphql", "github.com")
        shown = f"[{host}]" if ":" in host else host
        place = f"{shown}:{port}" if port else shown
        if host.endswith(".ghe.com"):
            tenant = place.removeprefix("api.")
            return cls(f"https://api.{tenant}", f"https://api.{tenant}/graphql", host.removeprefix("api."))
        # GraphQL lies beside REST's /api/v3, not below it: tap-github builds {base}/graphql and fails there.
        root = re.sub(r"/api(/v3|/graphql)?$", "", parts.path.rstrip("/"))
        base = f"{parts.scheme}://{place}{root}"
        return cls(f"{base}/api/v3", f"{base}/api/graphql", place)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
