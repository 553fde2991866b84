"""Check templates: render each with a sample insight that has a claim of every section, and verify the text."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from sparky_assets.digests.compose import ProductInputs, build_manifest, render_within_budget
from sparky_assets.digests.editions import Edition
from sparky_assets.digests.layout import LayoutOptions
from sparky_assets.digests.models import PictureFile, Product, list_products
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.errors import DataError
from sparky_assets.insights.models import Claim, ClaimSection, Evidence, Insight
from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.metrics.models import SCOPE_ALL, Fact
from sparky_assets.periods import PeriodKind, period_of_day
from sparky_assets.store import Audience

SAMPLE_PAGE_URL = "https://blog.example.org/2025/11/page"
SAMPLE_DAY = date(2025, 11, 12)
SAMPLE_PICTURES = tuple(
    PictureFile(name=name, suffix="svg", file=f"sample-{name}.svg", alt=f"The {name} of a sample.", sha256="")
    for name in ("activity", "repositories", "flow", "calendar", "featured")
)


def build_sample(kind: PeriodKind) -> Insight:
    """Build an insight with a claim of every section, and with markup wherever a real one can have it."""
    period = period_of_day(kind, SAMPLE_DAY)
    change = _make_evidence("pull_request", "#5", "Add `x` for *all*", "acme/tool")
    other = _make_evidence("commit", "1a2b3c4", "Fix y", "acme/web")
    release = _make_evidence("release", "v1.2.0", "v1.2.0", "acme/tool")
    issue = _make_evidence("issue", "#6", "Z <b>fails</b>", "acme/tool")
    claims = (
        _make_claim(
            "headline", "2 commits from 1 person in 2 repositories.", facts=("commits", "people", "repositories")
        ),
        _make_claim("comparison", "2 commits, after 1 in the period before.", facts=("commits",)),
        _make_claim("release", "tool v1.2.0 was released.", release),
        _make_claim("change", "Add `x` for *all*, by Ada.", change),
        _make_claim("detail", "“It was asked for”.", change, about="change"),
        _make_claim("change", "Fix y, by Ada.", other, number=2),
        _make_claim("theme", "Both were touched.", change, other),
        _make_claim("risk", "Something waits.", change),
        _make_claim("issue", "Opened: Z <b>fails</b>.", issue),
        _make_claim("repository", "1 commit from 1 person.", facts=("people",), repository="acme/tool"),
        _make_claim("credit", "Ada for “Add `x` for *all*”.", change),
        _make_claim("credit", "Bob for reviewing “Fix y”.", other, number=2),
    )
    before = f"period:{period.previous().label}"
    values = {"commits": 2, "people": 1, "repositories": 2, "changes": 4, "releases": 1}
    facts = [
        Fact(metric=name, scope=SCOPE_ALL, value=value, unit="count", sources=()) for name, value in values.items()
    ]
    facts.append(Fact(metric="commits", scope=before, value=1, unit="count", sources=()))
    return Insight(
        period=period, window=period.window("UTC"), mode="rules", organisation="Acme", claims=claims,
        evidence=(change, other, release, issue), facts=tuple(facts), unreadable=("acme/gone",),
        notes=("acme/web is a shallow clone",), records=4,
    )  # fmt: skip


def check_templates(folders: Sequence[Path]) -> Iterator[str]:
    """Yield the problems of all templates: syntax errors with file and line, and sentences without a claim."""
    for kind in PeriodKind:
        for product in list_products(kind):
            yield from _check_template(product, build_sample(kind), folders)


def _check_template(product: Product, insight: Insight, folders: Sequence[Path]) -> Iterator[str]:
    urls: dict[str, str | None] = {"acme/tool": "https://github.com/acme/tool", "acme/web": None}
    edition = Edition(insight, 2, ("Commits: 2 (1 in the first edition).",), "page-first-edition.md")
    options = LayoutOptions(
        product,
        Audience.INTERNAL,
        urls,
        SAMPLE_PICTURES,
        page_url=SAMPLE_PAGE_URL,
        corrections=edition.corrections,
        first_edition_file=edition.first_edition_file,
    )
    try:
        rendered = render_within_budget(insight, options, folders, "quartz")
    except DataError as error:
        yield f"{product} of a {insight.period.kind.noun}: {error}"
        return
    manifest = build_manifest(rendered, ProductInputs(insight, "", urls), edition)
    for problem in find_ungrounded(rendered.text, manifest, insight):
        yield f"{product} of a {insight.period.kind.noun}: {problem}"


def _make_evidence(kind: str, reference: str, title: str, repository: str) -> Evidence:
    paths = {
        "pull_request": "pull/5",
        "commit": "commit/1a2b3c4",
        "release": "releases/tag/v1.2.0",
        "issue": "issues/6",
    }
    states = {"pull_request": "merged", "commit": "pushed", "release": "published", "issue": "opened"}
    return Evidence.model_validate(
        {
            "key": f"{kind}:{reference}", "kind": kind, "repository": repository, "reference": reference,
            "url": f"https://github.com/{repository}/{paths[kind]}", "title": title, "author": "Ada", "is_bot": False,
            "state": states[kind], "at": datetime(2025, 11, 12, 12, tzinfo=UTC), "theme": ChangeTheme.FEATURE,
            "changed_lines": 12, "visibility": "public",
        }
    )  # fmt: skip


def _make_claim(
    section: ClaimSection,
    text: str,
    *cited: Evidence,
    facts: Sequence[str] = (),
    number: int = 1,
    about: str | None = None,
    repository: str | None = None,
) -> Claim:
    if repository is None and cited and section not in {"theme", "credit"}:
        repository = cited[0].repository
    return Claim(
        id=f"{section}/why:{number}" if about else f"{section}/{number}",
        section=section,
        repository=repository,
        text=text,
        evidence=tuple(item.key for item in cited),
        facts=tuple(f"{name}@{SCOPE_ALL}" for name in facts),
        about=f"{about}/1" if about else None,
    )
