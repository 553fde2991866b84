"""A small shared history and the whole graph over it: settings, a fixed clock, runs of jobs."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.event_log import InMemoryEventLogStorage

from resources.clock import Clock
from resources.storage import Storage
from sparky_assets.definitions import build_defs
from sparky_assets.orchestration.history_engines import keep_history_engines, store_event_batch
from sparky_assets.settings.schema import Settings
from tests.factories.git_repositories import BOB, DEPENDABOT, GITHUB, OCTOCAT, History, at

# A month of raw tables has 500 events: 3 s of processor time one by one, 0.5 s together. Files have it by the product.
InMemoryEventLogStorage.store_event_batch = store_event_batch  # type: ignore[method-assign, assignment]

NOW = "2025-12-02T12:00:00+00:00"
DAY, WEEK, MONTH = "2025-11-12", "2025-11-10", "2025-11-01"
ORIGIN = "https://github.com/acme/newsroom.git"


def history() -> History:
    """Two weeks in November 2025 of acme/newsroom, with a pull request of every shape on the 12th."""
    story = History()
    story.commit("Start the newsroom", at("2025-11-03T09:00"), {"README.md": "# Newsroom\n", "src/a.py": "a\n" * 10})
    base = story.commit("feat: read the wires", at("2025-11-10T10:00"), {"src/wires.py": "w\n" * 40}, author=BOB)
    side = story.commit("Add the morning edition", at("2025-11-12T08:00"), {"src/morning.py": "m\n" * 30},
                        author=OCTOCAT, branch="morning", parents=[base])  # fmt: skip
    more = story.commit("Tidy the morning edition", at("2025-11-12T08:30"), {"src/morning.py": "m\n" * 25},
                        author=OCTOCAT, branch="morning", parents=[side])  # fmt: skip
    story.commit("Merge pull request #7 from octocat/morning\n\nAdd a morning edition", at("2025-11-12T09:00"),
                 {"src/morning.py": "m\n" * 25}, author=BOB, committer=GITHUB, parents=[base, more])  # fmt: skip
    story.commit(
        "fix: stop the presses twice (#8)\n\nCloses #3\n\nCo-authored-by: Bob Stone <bob@example.com>\n"
        "Signed-off-by: Ada Lovelace <ada@example.com>",
        at("2025-11-12T11:00"), {"src/a.py": "a\n" * 9 + "b\n", "logo.png": b"\x89PNG\0\1\2"}, committer=GITHUB,
    )  # fmt: skip
    story.commit("Bump ink from 1.0 to 1.1 (#9)", at("2025-11-12T12:00"), {"ink.txt": "1.1\n"},
                 author=DEPENDABOT, committer=GITHUB)  # fmt: skip
    story.commit("Rename the wires", at("2025-11-12T13:00"), renames={"src/wires.py": "src/cables.py"}, author=BOB)
    story.tag("v1.2.0", when=at("2025-11-12T14:00"), message="Newsroom 1.2.0\n")
    story.commit("docs: say how to print", at("2025-11-14T10:00"), {"README.md": "# Newsroom\nPrint it.\n"})
    return story


def build(folder: Path) -> Path:
    return history().at_path(folder, origin=ORIGIN)


def settings_for(home: Path, repositories: Sequence[Path | str], **changes: Any) -> Settings:
    """Return settings over some repositories, with all data below `home`."""
    given: dict[str, Any] = {
        "home": home,
        "sources": {"git": {"repositories": [str(one) for one in repositories]}},
        "people": {"salt": "pepper"},
        "periods": {"start": date(2025, 10, 27)},
    }
    return Settings(**(given | changes))


def store_of(settings: Settings) -> Storage:
    return Storage(root=settings.store_root)


def run_job(
    settings: Settings,
    job: str,
    key: str,
    last: str | None = None,
    *,
    overrides: dict[str, Any] | None = None,
    instance: dg.DagsterInstance | None = None,
    selection: Sequence[str] | None = None,
    now: str = NOW,
) -> dg.ExecuteInProcessResult:
    """Run a job of the graph for one partition, or for the range from `key` to `last` in one run."""
    keep_history_engines()
    definitions = build_defs(settings, {"clock": Clock(fixed_time=now), **(overrides or {})})
    ends = {"dagster/asset_partition_range_start": key, "dagster/asset_partition_range_end": last}
    return definitions.resolve_job_def(job).execute_in_process(
        partition_key=None if last else key,
        tags={name: value for name, value in ends.items() if value} if last else None,
        instance=instance,
        asset_selection=[dg.AssetKey.from_user_string(one) for one in selection] if selection else None,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    """Return the message of the first failure of a run."""
    assert not result.success
    for event in result.all_events:
        if event.is_step_failure and (given := event.step_failure_data.user_failure_data):
            return str(given.description)
    return "\n".join(str(event.step_failure_data.error) for event in result.all_events if event.is_step_failure)


def files_below(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file below a folder, by path."""
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}
