"""Collect from GitHub: one sweep per owner, with the people that earlier sweeps learned, resumed after an interruption.

The GitHub checks of `sparky doctor` are here too: token, scopes, clock, rate limit, visible repositories.

The I/O layer around the pure modules: here settings become clients. What follows from problems is decided in
`raw/collect.py`.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from pydantic import SecretStr

from resources.checks import CheckResult
from resources.errors import GitHubDeniedError, GitHubError, TransientError
from resources.github.auth import GitHubApp, GitHubCredentials, find_token, read_secret
from resources.github.client import ApiUsage, GitHubClient, GitHubEndpoints
from resources.github.journal import ResponseJournal
from resources.storage import Storage
from sparky_assets.periods import TimeWindow
from sparky_assets.raw.github.batching import BatchSizes, QueryRunner
from sparky_assets.raw.github.identities import IdentityRegistry, IdentityResolver
from sparky_assets.raw.github.landing import KnownHeads
from sparky_assets.raw.github.open_items import can_list_open_items
from sparky_assets.raw.github.queries import DOCTOR_QUERY
from sparky_assets.raw.github.rows import build_tables
from sparky_assets.raw.github.sweep import RepositoryFilter, sweep_owner
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.tables import TABLES
from sparky_assets.settings.schema import GitHubSettings, Settings
from sparky_assets.store import IDENTITY_REGISTRY_PATH, KNOWN_HEADS_PATH

REGISTRY_KEY = (IDENTITY_REGISTRY_PATH, "register")
"""Store path and key of the identity registry: logins and salted hashes, no address."""

HEADS_KEY = (KNOWN_HEADS_PATH, "heads")
"""Store path and key of the known heads."""

MAX_HEADS_AGE = timedelta(days=31)
"""After a longer pause of the daily runs the days between are collected each for itself, and not as late commits."""


@dataclass(frozen=True)
class GitHubTables:
    """The tables of a window from GitHub. `journals` are deleted once the tables are stored.

    `heads` is None where the window has not just ended; `rewritten` says what a default branch lost, by repository,
    `refused` what the token may not read, and `missing_notes` why notes of a repository could not be read.
    """

    tables: Mapping[str, pl.DataFrame]
    problems: Mapping[str, str]
    usage: ApiUsage
    registry: IdentityRegistry
    journals: Sequence[ResponseJournal]
    heads: KnownHeads | None = None
    rewritten: Mapping[str, str] = field(default_factory=dict)
    refused: Sequence[str] = ()
    missing_notes: Mapping[str, str] = field(default_factory=dict)

    def describe_cost(self) -> dict[str, Any]:
        """Return what reading cost and what could not be read, for the metadata of the run."""
        usage = self.usage
        return {
            "github_requests": usage.requests,
            "github_points": usage.points,
            "github_waited_seconds": usage.waited_seconds,
            # An Enterprise Server may have no rate limit, and then reports none.
            **({} if usage.remaining is None else {"github_points_left": usage.remaining}),
            **({} if usage.token_expires_at is None else {"github_token_expires": usage.token_expires_at.isoformat()}),
            **({"github_refused": ", ".join(self.refused)} if self.refused else {}),
            **({"github_rewritten": _format_by_name(self.rewritten)} if self.rewritten else {}),
            **({"github_notes_missing": _format_by_name(self.missing_notes)} if self.missing_notes else {}),
        }

    def discard(self) -> None:
        """Delete the journals: what failed is read again by the next run."""
        for journal in self.journals:
            journal.delete()

    def finish(self, storage: Storage) -> None:
        """Store what was learned about people and heads, and delete the journals: their responses are stored now."""
        storage.write_document(*REGISTRY_KEY, self.registry)
        if self.heads:
            storage.write_document(*HEADS_KEY, self.heads)
        for journal in self.journals:
            journal.delete()


def collect_github(
    settings: Settings, storage: Storage, window: TimeWindow, *, people: PersonFactory, now: datetime
) -> GitHubTables:
    """Sweep every owner for a window.

    Raises:
        GitHubError: when an owner cannot be listed, or a rate limit takes a longer wait than allowed.
    """
    source = settings.sources.github
    identities = IdentityResolver(people, _load_registry(storage))
    usage = ApiUsage()
    problems: dict[str, str] = {}
    journals = []
    frames: dict[str, list[pl.DataFrame]] = {table.asset: [table.make_empty()] for table in TABLES}
    known_heads = load_known_heads(storage, window, now)
    is_newest = can_list_open_items(window, now)
    heads: dict[str, str] = {}
    rewritten: dict[str, str] = {}
    refused: dict[str, str] = {}
    sizes = replace(BatchSizes.from_window(window, now), **_get_batch_sizes(source))
    missing_notes: dict[str, str] = {}
    for owner in source.owners:
        with open_github(source, owner) as github:
            journal = ResponseJournal(
                github, settings.home / "sweeps" / f"{_make_journal_name(source, owner, window)}.journal", people.salt
            )
            runner = QueryRunner(journal, window, sizes, lists_open_items=is_newest, known_heads=known_heads)
            runner.lists_discussions = source.discussions
            journals.append(journal)
            records = sweep_owner(runner, owner, make_repository_filter(source))
            try:
                tables = build_tables(
                    records,
                    window,
                    identities,
                    runner.notes,
                    runner.damaged_fields,
                    missing_notes=runner.missing_notes,
                    replaced_shas=runner.replaced_shas,
                    production_environments=source.production_environments,
                )
            except TransientError:
                raise  # an interruption: the next run continues with the journal
            except GitHubError:
                for failed_journal in journals:
                    failed_journal.delete()
                raise
            for asset, frame in tables.items():
                frames[asset].append(frame)
            problems |= runner.problems
            heads |= runner.new_heads
            rewritten |= runner.rewritten
            refused |= runner.refused_fields
            missing_notes |= runner.missing_notes
            _add_usage(usage, github.usage)
    return GitHubTables(
        {asset: pl.concat(parts) for asset, parts in frames.items()},
        problems,
        usage,
        identities.registry,
        journals,
        KnownHeads(until=window.end, heads=heads) if is_newest else None,
        rewritten,
        tuple(sorted(refused)),
        missing_notes,
    )


def _format_by_name(reasons: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {reason}" for name, reason in sorted(reasons.items()))


def load_known_heads(storage: Storage, window: TimeWindow, now: datetime) -> KnownHeads | None:
    """Return the heads from which the histories of a window can be read on; None if all its commits must be read.

    That is a window that has just ended, and follows the newest sweep without a long pause.
    """
    if not can_list_open_items(window, now) or not storage.has(*HEADS_KEY, "json"):
        return None
    known_heads = storage.read_document(*HEADS_KEY, KnownHeads)
    is_usable = known_heads.until <= window.end and window.start - known_heads.until <= MAX_HEADS_AGE
    return known_heads if is_usable else None


def _load_registry(storage: Storage) -> IdentityRegistry:
    if storage.has(*REGISTRY_KEY, "json"):
        return storage.read_document(*REGISTRY_KEY, IdentityRegistry)
    return IdentityRegistry()


def open_github(source: GitHubSettings, owner: str) -> GitHubClient:
    """Return a client for an owner by the present settings.

    Raises:
        GitHubError: when the address or the credentials cannot be used.
    """
    endpoints = GitHubEndpoints.from_address(source.api)
    return GitHubClient(
        endpoints,
        _find_credentials(source, owner, endpoints.host),
        max_wait_seconds=source.max_wait_minutes * 60.0,
        ca_file=source.ca_file,
    )


def make_repository_filter(source: GitHubSettings) -> RepositoryFilter:
    """Return the filter for the repositories that the settings select."""
    return RepositoryFilter(include=source.include, exclude=source.exclude, forks=source.forks)


def _find_credentials(source: GitHubSettings, owner: str, host: str) -> GitHubCredentials:
    if not source.app_id:
        return find_token(source.token, source.token_file, host, os.environ)
    key = source.app_key
    if key is None and source.app_key_file is not None:
        key = SecretStr(read_secret(source.app_key_file))
    if key is None:
        raise GitHubDeniedError(
            "sources.github.app_id is set, but there is no key. Set sources.github.app_key_file to the .pem file."
        )
    return GitHubApp(source.app_id, key, owner, source.app_installation)


def _get_batch_sizes(source: GitHubSettings) -> dict[str, int]:
    return {"repositories": source.repositories_per_request, "items": source.items_per_request}


def _make_journal_name(source: GitHubSettings, owner: str, window: TimeWindow) -> str:
    request = (
        f"{source.api} {owner} {window.start} {window.end} {make_repository_filter(source)} {_get_batch_sizes(source)}"
        f" {source.discussions}"
    )
    digest = hashlib.sha256(request.encode()).hexdigest()[:12]
    return f"{owner}-{window.start:%Y%m%d}-{window.end:%Y%m%d}-{digest}"


def _add_usage(total: ApiUsage, usage: ApiUsage) -> None:
    for name in ("requests", "points", "halved", "waited_seconds"):
        setattr(total, name, getattr(total, name) + asdict(usage)[name])
    total.token_expires_at = usage.token_expires_at or total.token_expires_at
    total.remaining, total.clock_skew_seconds = usage.remaining, usage.clock_skew_seconds


# --- Checks of sparky doctor

MAX_CLOCK_SKEW_SECONDS = 60.0
"""An App's requests are refused when the clock is a minute ahead. Days begin and end by this clock too."""

MIN_TOKEN_LIFE = timedelta(days=7)
"""A token that expires sooner is reported, so that somebody has time to renew it."""

MIN_POINTS = 500
"""A day of 300 repositories takes about 70, a first month about 550."""


def diagnose_github(github: GitHubClient, owner: str) -> Iterator[CheckResult]:
    """Check everything that a sweep of `owner` needs, with two requests and two points.

    Raises:
        GitHubError: when GitHub cannot be reached or refuses the token.
    """
    answer = github.query("Doctor", DOCTOR_QUERY, {"owner": owner})
    yield CheckResult("token", True, f"accepted by {github.endpoints.host} as {answer.data['viewer']['login']}")
    if (expires_at := github.usage.token_expires_at) is not None:
        yield _check_expiration(expires_at, datetime.fromtimestamp(github.clock(), UTC))
    yield from _check_scopes(github)
    yield _check_clock(github.usage.clock_skew_seconds)
    yield _check_rate_limit(answer.data.get("rateLimit"))
    yield _check_visible_repositories(answer.data.get("repositoryOwner"), owner)


def _check_expiration(expires_at: datetime, now: datetime) -> CheckResult:
    ok = expires_at - now >= MIN_TOKEN_LIFE
    detail = f"expires at {expires_at:%Y-%m-%d %H:%M} UTC"
    return CheckResult("token life", ok, detail if ok else f"{detail}; make a new one before")


def _check_scopes(github: GitHubClient) -> Iterator[CheckResult]:
    try:
        _, headers = github.get_rest("/rate_limit")
    except GitHubError as error:
        yield CheckResult("scopes", True, f"cannot be read on this server ({error})")
        return
    if (scopes := headers.get("x-oauth-scopes")) is None:
        yield CheckResult(
            "scopes",
            True,
            "fine-grained: needs read access to Metadata, Contents, Issues, Pull requests; and to Deployments, Commit "
            "statuses, Checks for what was deployed and whether main was red",
        )
        return
    granted = {scope.strip() for scope in scopes.split(",") if scope.strip()}
    detail = f"classic: {', '.join(sorted(granted)) or 'none'}"
    if "repo" not in granted:
        detail += "; private repositories need `repo`"
    yield CheckResult("scopes", True, detail)


def _check_clock(skew_seconds: float) -> CheckResult:
    ok = abs(skew_seconds) <= MAX_CLOCK_SKEW_SECONDS
    direction = "ahead of" if skew_seconds > 0 else "behind"
    detail = f"this machine is {abs(skew_seconds):.0f} s {direction} GitHub"
    return CheckResult("clock", ok, detail if ok else f"{detail}; set it by NTP")


def _check_rate_limit(rate_limit: Mapping[str, Any] | None) -> CheckResult:
    if rate_limit is None:
        return CheckResult("allowance", True, "this server has no rate limit")
    remaining = int(rate_limit["remaining"])
    ok = remaining >= MIN_POINTS
    detail = f"{remaining} of {int(rate_limit['limit'])} points left, renewed at {rate_limit['resetAt']}"
    return CheckResult("allowance", ok, detail if ok else f"{detail}; a run will wait until then")


def _check_visible_repositories(owner: Mapping[str, Any] | None, name: str) -> CheckResult:
    if owner is None:
        return CheckResult(name, False, "no such organisation or user, or the token may not see it")
    count = owner["repositories"]["totalCount"]
    detail = f"{count} repositories are visible"
    if not count:
        detail += "; is the token limited to selected repositories?"
    return CheckResult(name, count > 0, detail)
