"""Addresses of commits, pull requests and releases, built from ids, never taken from a text."""

from urllib.parse import quote, urlsplit


def build_commit_url(repository_url: str | None, sha: str) -> str | None:
    """The page of a commit."""
    return _build_page_url(
        repository_url, {"github": f"commit/{sha}", "gitlab": f"-/commit/{sha}", "bitbucket": f"commits/{sha}"}
    )


def build_pull_request_url(repository_url: str | None, number: int) -> str | None:
    """The page of a pull (or merge) request."""
    return _build_page_url(
        repository_url,
        {"github": f"pull/{number}", "gitlab": f"-/merge_requests/{number}", "bitbucket": f"pull-requests/{number}"},
    )


def build_issue_url(repository_url: str | None, number: int) -> str | None:
    """The page of an issue."""
    return _build_page_url(
        repository_url, {"github": f"issues/{number}", "gitlab": f"-/issues/{number}", "bitbucket": f"issues/{number}"}
    )


def build_release_url(repository_url: str | None, tag: str) -> str | None:
    """The page of a release, or of its tag."""
    name = quote(tag, safe="")
    return _build_page_url(repository_url, {"github": f"releases/tag/{name}", "gitlab": f"-/tags/{name}"})


def _build_page_url(repository_url: str | None, path_by_host: dict[str, str]) -> str | None:
    if not repository_url:
        return None
    host = urlsplit(repository_url).hostname or ""
    # Unknown hosts get GitHub's form: GitHub Enterprise, Gitea and Forgejo all answer to it or redirect.
    kind = next((name for name in ("gitlab", "bitbucket") if name in host), "github")
    return f"{repository_url}/{path_by_host[kind]}" if kind in path_by_host else None
