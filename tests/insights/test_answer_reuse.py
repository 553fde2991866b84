"""Nothing is asked twice: days serve their week, and a run that was cut is written again as it was."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from resources.git.log import GitCommit
from resources.llm.base import has_gpu
from sparky_assets.insights.llm.editor import EditResult
from sparky_assets.periods import PeriodKind, period_of_day
from tests.corpora.planted_faults import TITLES
from tests.factories.evidence import chooses, ids_of, records_of, words
from tests.fakes.language_model import RECORDED, FakeModelServer, Reply
from tests.insights.test_model_at_work import by_title, run, told
from tests.strategies.git_history import DAY, WEEK, Told, World, commit, sha

A_DAY = 86_400


def week(each: int = 4, days: int = 2) -> World:
    """One repository with `each` commits a day from the 12th on."""
    titles = iter(TITLES * 3)
    commits = tuple(
        (one := commit(number, next(titles)[0]))._replace(
            sha=sha(day, number), committed_at=one.committed_at + day * A_DAY
        )
        for day in range(days)
        for number in range(each)
    )
    return World(WEEK, (Told("acme/tool", None, "ok", commits, ()),))


def day_of(where: World, day: int) -> World:
    """One day of it."""
    period = period_of_day(PeriodKind.DAILY, DAY.replace(day=DAY.day + day))
    here = tuple(
        replace(one, commits=tuple(c for c in one.commits if c.sha in {sha(day, n) for n in range(40)}))
        for one in where.repositories
    )
    return World(period, here)


def first_tries(chats: list[Any]) -> list[Any]:
    """Questions but for those that word a refused sentence again."""
    return [body for body in chats if body["options"]["seed"] == 7]


@pytest.fixture(params=["1.5B", "8B"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeModelServer]:
    brain = words(by_title) if request.param == "8B" else chooses(lambda ids: ids[::-1])
    with FakeModelServer(brain, parameters=request.param) as server:
        yield server


# --- Days and their week


def test_a_week_of_answered_days_asks_nothing(server: FakeModelServer, tmp_path: Path) -> None:
    for day in (0, 1):
        run(day_of(week(), day), server, tmp_path)
    asked = len(server.chats)
    edited = run(week(), server, tmp_path)
    assert len(server.chats) == asked
    assert edited.insight.mode != "rules"
    assert all(claim.chosen_by == "model" for claim in told(edited)[:6])


def test_a_week_asks_only_about_the_day_that_is_new(server: FakeModelServer, tmp_path: Path) -> None:
    run(day_of(week(), 0), server, tmp_path)
    asked = len(server.chats)
    run(week(), server, tmp_path)
    (question,) = first_tries(server.chats[asked:])
    assert len(ids_of(question)) == 4
    assert {one["title"] for one in records_of(question)} == {title for title, _ in TITLES[4:8]}


def test_a_day_that_is_answered_later_changes_no_week_that_was_written(server: FakeModelServer, tmp_path: Path) -> None:
    run(day_of(week(), 0), server, tmp_path)
    first = run(week(), server, tmp_path)
    run(day_of(week(), 1), server, tmp_path)
    asked = len(server.chats)
    assert run(week(), server, tmp_path).insight == first.insight
    assert len(server.chats) == asked


def test_a_cold_week_is_one_question_a_repository_and_not_one_a_day(server: FakeModelServer, tmp_path: Path) -> None:
    run(week(), server, tmp_path)
    assert [len(ids_of(body)) for body in first_tries(server.chats)] == [8]


# --- What was cut


def cut_short(root: Path, **values: Any) -> tuple[EditResult, EditResult, int]:
    """A run that is cut, the same once more over a server that answers, and how often that one was asked."""
    with FakeModelServer(chooses(), seconds_a_call=values.pop("slow", 0.0)) as server:
        server.script.extend(values.pop("script", []))
        first = run(many(), server, root, **values)
    with FakeModelServer(chooses()) as server:
        second = run(many(), server, root, **values)
        return first, second, len(server.chats)


def many() -> World:
    """Six repositories, each with a question of its own."""

    def commits(place: int) -> tuple[GitCommit, ...]:
        return tuple(
            commit(number, f"{title} of r{place}")._replace(sha=sha(place, number))
            for number, (title, _) in enumerate(TITLES[:4])
        )

    return World(WEEK, tuple(Told(f"acme/r{place}", None, "ok", commits(place), ()) for place in range(6)))


def test_a_run_that_ran_out_of_time_is_written_again_as_it_was(tmp_path: Path) -> None:
    first, second, asked = cut_short(tmp_path, slow=0.3, deadline_minutes=0.7 / 60)
    assert "the time for the model was used up" in " ".join(first.insight.degraded)
    assert second.insight == first.insight
    assert asked == second.usage.calls == 0
    assert second.usage.skipped_questions > 0


@pytest.mark.parametrize("name", ["runner died", "token repeat", "garbage", "length"])
def test_a_run_that_the_breaker_cut_is_written_again_as_it_was(name: str, tmp_path: Path) -> None:
    first, second, asked = cut_short(tmp_path, script=[Reply(200, None), *[RECORDED[name]] * 40][1:])
    assert first.insight.degraded
    assert second.insight == first.insight
    assert asked == 0


def test_a_single_failed_call_is_not_made_up_for_by_a_second_run(tmp_path: Path) -> None:
    first, second, asked = cut_short(tmp_path, script=[RECORDED["runner died"]])
    assert first.insight.degraded == ("rules chose for 1 of 6 repositories: the model did not answer",)
    assert (second.insight, asked) == (first.insight, 0)


def test_what_was_left_is_asked_once_more_where_that_is_wanted(tmp_path: Path) -> None:
    first, _, _ = cut_short(tmp_path, script=[RECORDED["runner died"]] * 40)
    with FakeModelServer(chooses()) as server:
        better = run(many(), server, tmp_path, retry_failed=True)
        again = run(many(), server, tmp_path)
        assert len(server.chats) == 7
    assert first.insight.mode == "rules"
    assert (better.insight.mode, better.insight.degraded) == ("select", ())
    assert again.insight == better.insight


def test_a_model_that_is_gone_is_asked_once_it_is_back(tmp_path: Path) -> None:
    first, second, asked = cut_short(tmp_path, script=[RECORDED["gone"]] * 40)
    assert first.insight.mode == "rules"
    assert asked > 0
    assert second.insight.mode == "select"


# --- Where it lay


def test_a_model_on_the_cpu_of_a_machine_with_a_gpu_is_worth_a_warning(tmp_path: Path) -> None:
    with FakeModelServer(chooses(), on_gpu=0.0) as server:
        assert "runs on the CPU only" in run(many(), server, tmp_path / "a", gpu="yes").metadata["model_warnings"]
        assert "model_warnings" not in run(many(), server, tmp_path / "b", gpu="no").metadata


def test_a_gpu_is_looked_for_on_this_machine_only(tmp_path: Path) -> None:
    assert not has_gpu("http://localhost:11434", root=tmp_path)
    (tmp_path / "proc/driver/nvidia").mkdir(parents=True)
    (tmp_path / "proc/driver/nvidia/version").touch()
    assert has_gpu("http://localhost:11434", root=tmp_path)
    assert not has_gpu("http://gpu-box:11434", root=tmp_path)
    assert has_gpu("http://gpu-box:11434", "yes", tmp_path)
