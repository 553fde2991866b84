"""Regression corpus: true sentences about evidence, and the faults that models introduce into such sentences."""

from dataclasses import dataclass

from sparky_assets.insights.models import Evidence
from tests.factories.evidence import evidence

TITLES = (
    ("feat(importer): read compressed archives from disk", "The importer now reads compressed archives from disk."),
    ("fix: stop the scheduler from losing jobs on restart", "The scheduler is stopped from losing jobs on restart."),
    ("Remove the legacy token endpoint from the gateway", "The legacy token endpoint was removed from the gateway."),
    ("docs: describe how mirrors are fetched over ssh", "It is described how mirrors are fetched over ssh."),
    ("feat: add a dark theme to the settings page", "A dark theme was added to the settings page."),
    ("fix(auth): keep the session when the browser tab sleeps", "The session is kept when the browser tab sleeps."),
    ("refactor: split the parser into lexer and grammar", "The parser was split into lexer and grammar parts."),
    ("test: cover the login form with a headless browser", "The login form is covered with a headless browser."),
    ("feat: allow webhooks to be signed with rotating keys", "Webhooks are allowed to be signed with rotating keys."),
    ("Disable telemetry by default in the desktop client", "Telemetry is disabled by default in the desktop client."),
    ("fix: do not crash on empty configuration files", "The crash on empty configuration files does not come again."),
    ("ci: cache wheels between workflow runs on arm", "Wheels are cached between workflow runs on arm."),
    ("feat(search): rank exact matches above partial ones", "In search exact matches are ranked above partial ones."),
    ("Enable parallel uploads for the storage backend", "Parallel uploads were enabled for the storage backend."),
    ("fix: prevent duplicate invoices when payments retry", "Duplicate invoices are prevented when payments retry."),
    ('Revert "Add colours to the console output"', "The colours of the console output were reverted again."),
    ("perf: load thumbnails lazily in the gallery view", "Thumbnails are loaded lazily in the gallery view."),
    ("feat: increase the upload limit of attachments", "The upload limit of attachments was increased."),
    ("Close idle database connections after a timeout", "Idle database connections are closed after a timeout."),
    ("feat(cli): show progress while cloning repositories", "The cli shows progress while cloning repositories."),
)  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """A sentence with the evidence that it cites. `fault` names its fault, or is empty."""

    fault: str
    text: str
    cited: Evidence
    others: tuple[Evidence, ...]


def with_end(text: str, end: str) -> str:
    return f"{text.rstrip('.')}{end}."


FLIPS = (("added", "removed"), ("removed", "added"), ("enabled", "disabled"), ("disabled", "enabled"),
         ("increased", "decreased"), ("closed", "opened"), ("reverted again", "introduced"), ("prevented", "allowed"),
         ("allowed", "forbidden"), ("does not come", "does come"), ("stopped", "started"))  # fmt: skip
ENDS = {
    "number": (" in 3 places", ", fixing 50 issues", " from 9.9.0 to 10.2.0"),
    "number in words": (" in four places", ", fixing fifty issues", " for several teams", " twice"),
    "name": (", by Grace Hopper", " for Kubernetes", " as Torvalds wanted"),
    "hype": (", a significant improvement", " in a seamless way", ", which is critical", " much faster"),
    "cause": (" because customers asked", ", reducing costs", " to ensure stability", " due to an outage"),
    "scope": (" for all users", " everywhere in the product", " across the company"),
    "markup": (" [link](https://evil.example)", " <b>now</b>", " @octocat", " #12", " `rm`"),
    "state": (" and deployed to production", " and approved", " and released"),
}


def corpus() -> list[Planted]:
    """Return every true sentence, and each with every fault that applies to it."""
    items = [evidence(number, title) for number, (title, _) in enumerate(TITLES, 1)]
    found = []
    for place, (_, text) in enumerate(TITLES):
        item, rest = items[place], tuple(items)
        found.append(Planted("", text, item, rest))
        found.append(Planted("citation", text, items[(place + 7) % len(items)], rest))
        found += [Planted(kind, with_end(text, end), item, rest) for kind, ends in ENDS.items() for end in ends]
        found += [Planted("verb", text.replace(old, new), item, rest) for old, new in FLIPS if old in text]
        found.append(Planted("identifier", text.replace(text.split()[-1], "turbine."), item, rest))
    return found
