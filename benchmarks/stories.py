"""Compare the order and the groups of stories with the choices of human editors, and measure a large month.

    uv run python -m benchmarks.stories --choices nushell.jsonl --history NUSHELL.git --notes NUSHELL_GITHUB_IO.git
    uv run python -m benchmarks.stories --speed
    uv run python -m benchmarks.stories --fit …       # suggests points from all releases but the last eight

The points of `sparky_assets/stories/points.py` are fitted on all releases but the last eight; only those are judged.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.editor_choices import EditorChoice, load_choices, measure_order
from sparky_assets.insights.reverts import find_taken_back_changes
from sparky_assets.raw.window import RawWindow
from sparky_assets.stories.grouping.cluster import group_changes
from sparky_assets.stories.grouping.edges import find_edges
from sparky_assets.stories.grouping.stories import build_stories
from sparky_assets.stories.points import FOLLOW_UP_POINTS, POINT_RULES, TAKEN_BACK_POINTS
from sparky_assets.stories.rank import find_follow_ups, rank_changes
from sparky_assets.stories.records import build_change_records

JUDGED_RELEASES = 8

FIT_PENALTY, FIT_STEPS = 4.0, 12

SPEED_REPOSITORIES, SPEED_CHANGES_PER_REPOSITORY = 3000, 20


def main() -> None:
    """Print the figures that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("choices", "history", "notes"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--without-blame", action="store_true", help="as GitHub alone gives it; takes 20 s, not 4 min")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--speed-of", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.choices:
        choices = load_choices(
            arguments.choices, arguments.history, arguments.notes, with_blame=not arguments.without_blame
        )
        if arguments.fit:
            _print_fit(choices[:-JUDGED_RELEASES])
        _print_order("fitted on", choices[:-JUDGED_RELEASES])
        _print_order("judged", choices[-JUDGED_RELEASES:])
        _print_pairs("fitted on", choices[:-JUDGED_RELEASES])
        _print_pairs("judged", choices[-JUDGED_RELEASES:])
    if arguments.speed:
        _print_speed()
    if arguments.speed_of:
        _print_speed_of(arguments.speed_of)


def _print_order(label: str, choices: Sequence[EditorChoice]) -> None:
    results = []
    for choice in choices:
        order = [ranked.record.change.key for ranked in rank_changes(choice.records, find_edges(choice.records))]
        results.append(measure_order(order, choice.gains))
    ndcg = sum(result[0] for result in results) / len(results)
    recall = sum(result[1] for result in results) / len(results)
    print(f"{label:>9}: {len(results)} releases, nDCG@20 {ndcg:.3f}, recall@k {recall:.3f}")
    if label == "judged":
        for choice, (share, part) in zip(choices, results, strict=True):
            print(f"           {choice.version:<9} {share:.2f}  {part:.2f}")


def _print_pairs(label: str, choices: Sequence[EditorChoice]) -> None:
    """Print the pairs among changes below headings of stories, with and without changes that have their own heading."""
    for name, alone in (("changes under headings of two or more", False), ("with those under a heading alone", True)):
        right = made = wanted = 0
        for choice in choices:
            paired = {key for pair in choice.pairs for key in pair}
            judged = choice.headed if alone else paired
            groups = group_changes(choice.records, find_edges(choice.records))
            predicted = {
                pair
                for members, _ in groups
                for pair in combinations(sorted(r.change.key for r in members if r.change.key in judged), 2)
            }
            right += len(predicted & choice.pairs)
            made += len(predicted)
            wanted += len(choice.pairs)
        precision, recall = right / max(made, 1), right / max(wanted, 1)
        score = 2 * precision * recall / max(precision + recall, 1e-9)
        print(f"{label:>9}: {name}: precision {precision:.2f}, recall {recall:.2f}, F1 {score:.2f}")


def _print_fit(choices: Sequence[EditorChoice]) -> None:
    """Print points by a logistic regression with one intercept a release, four points a unit of log-odds.

    The places of security and of dependencies are decided before points count; breaking changes have points too.
    """
    names = [(rule.name, rule.points) for rule in POINT_RULES]
    names += [("taken_back", TAKEN_BACK_POINTS), ("follow_up", FOLLOW_UP_POINTS)]
    count = len(names)
    rows, outcomes = [], []
    for number, choice in enumerate(choices):
        edges = find_edges(choice.records)
        taken_back = find_taken_back_changes(record.change for record in choice.records)
        follow_ups = find_follow_ups(choice.records, edges)
        intercepts = [float(number == other) for other in range(len(choices))]
        for record in choice.records:
            key = record.change.key
            features = [float(rule.holds(record)) for rule in POINT_RULES]
            features += [float(key in taken_back), float(key in follow_ups and key not in taken_back)]
            rows.append(features + intercepts)
            outcomes.append(float(key in choice.gains))
    inputs, told = np.array(rows), np.array(outcomes)
    penalty = np.array([FIT_PENALTY] * count + [0.05] * len(choices))
    weights = np.zeros(inputs.shape[1])
    for _ in range(FIT_STEPS):
        chances = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (told - chances) - penalty * weights
        curve = (inputs * (chances * (1 - chances))[:, None]).T @ inputs + np.diag(penalty)
        weights += np.linalg.solve(curve, slope)
    for (name, points), weight in zip(names, weights[:count], strict=True):
        print(f"{name:<14} has {points:+d}, fitted {4 * weight:+.1f}")


def _print_speed() -> None:
    """Print the seconds of each step for a month of 3,000 repositories, and the memory of the process.

    Another process reads the month from files: building it takes more memory than its stories do.
    """
    from benchmarks.made_stories import build_large_month

    window = build_large_month(SPEED_REPOSITORIES, SPEED_CHANGES_PER_REPOSITORY)
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in vars(window).items():
            if frame is not None:
                frame.write_parquet(Path(folder, f"{name}.parquet"))
        subprocess.run([sys.executable, "-m", "benchmarks.stories", "--speed-of", folder], check=True)


def _print_speed_of(folder: Path) -> None:
    window = RawWindow(**{file.stem: pl.read_parquet(file) for file in folder.glob("*.parquet")})
    before = read_peak_memory()
    started, cpu_started = time.perf_counter(), time.process_time()
    records = build_change_records(window)
    built, cpu_built = time.perf_counter(), time.process_time()
    stories = build_stories(records)
    ended, cpu_ended = time.perf_counter(), time.process_time()
    memory = read_peak_memory()
    print(
        f"{len(records):,} changes in {SPEED_REPOSITORIES:,} repositories: {len(stories):,} stories, "
        f"{built - started:.1f} s to build changes, {ended - built:.1f} s to group and rank "
        f"(of one processor {cpu_built - cpu_started:.1f} and {cpu_ended - cpu_built:.1f} s), "
        f"at most {memory:,} MB ({before:,} MB before)"
    )


def read_peak_memory() -> int:
    """Return the most memory that this process has had, in MB; `getrusage` counts that of its parent too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


if __name__ == "__main__":
    main()
