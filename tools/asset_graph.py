"""Draw the asset graph from the definitions: five stages from left to right.

`python -m tools.asset_graph` writes docs/asset-graph.svg. The picture shows only what the code has: the boxes, arrows
and gates are the assets, dependencies and blocking checks of `build_defs`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import dagster as dg

from sparky_assets.definitions import build_defs
from sparky_assets.periods import PeriodKind
from sparky_assets.settings.schema import Settings

FILE = Path("docs/asset-graph.svg")
BOX, LINE, GAP, LANE_GAP, TOP, LEFT, RAW_STEP = 150, 24, 70, 26, 70, 20, 34
LANES = (*(kind.value for kind in PeriodKind), "")
"""Rows of the picture: one for each kind of period; the last for assets without a period."""
RED = "#b3261e"
LEGEND = "a blocking check: where it fails, nothing behind it is made"
COLOURS = ("#e8f0e4", "#e3eef7", "#f5eede", "#f3e6ee", "#e9e6f5")


@dataclass(frozen=True)
class Place:
    """An asset with its column, its row and its position in that cell."""

    key: tuple[str, ...]
    column: int
    lane: str
    guarded: bool


def main() -> None:
    """Write the picture."""
    FILE.write_text(picture())


def picture() -> str:
    """Return the whole graph as SVG."""
    graph = build_defs(Settings()).resolve_asset_graph()
    stages = _stages(graph)
    guarded = {check.asset_key for check in graph.asset_check_keys if graph.get_check_spec(check).blocking}
    places = [_place(graph, key, stages, key in guarded) for key in sorted(graph.get_all_asset_keys())]
    raw = [place for place in places if place.column == 0]
    later = [place for place in places if place.column > 0]
    boxes = dict(_boxes(later))
    bottom = max(TOP + len(raw) * RAW_STEP, *(y + LINE for _, y in boxes.values()))
    boxes |= {place.key: (LEFT, _middle(number, len(raw), bottom)) for number, place in enumerate(raw)}
    width = LEFT * 2 + len(stages) * BOX + (len(stages) - 1) * GAP
    body = [*_columns(stages, bottom), *_arrows(graph, boxes, raw), *_lanes(later, boxes)]
    body += [line for place in places for line in _drawn(place, *boxes[place.key])]
    gate = f'<rect x="{LEFT}" y="{bottom + 27}" width="8" height="18" fill="{RED}"/>'
    body += [gate, f'<text class="s" x="{LEFT + 14}" y="{bottom + 40}">{LEGEND}</text>']
    style = "text{font:12px sans-serif;fill:#222}.h{font-size:15px;font-weight:bold}.s{fill:#666;font-size:11px}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {bottom + 56}" width="{width}" '
        f'height="{bottom + 56}" role="img" aria-label="The asset graph of Sparky">\n<style>{style}</style>\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _get_stage(graph: Any, key: dg.AssetKey) -> str:
    """Return the stage of an asset: its group without the period, `metrics` of `weekly_metrics`."""
    return str(graph.get(key).group_name.rpartition("_")[2])


def _stages(graph: Any) -> list[str]:
    """Return the groups in the order of the data flow."""
    depth: dict[str, int] = {}
    for level, keys in enumerate(graph.toposorted_asset_keys_by_level):
        for key in keys:
            depth.setdefault(_get_stage(graph, key), level)
    return sorted(depth, key=lambda name: (depth[name], name))


def _place(graph: Any, key: dg.AssetKey, stages: list[str], guarded: bool) -> Place:
    lane = key.path[0] if key.path[0] in LANES else ""
    return Place(tuple(key.path), stages.index(_get_stage(graph, key)), lane, guarded)


def _boxes(places: list[Place]) -> Iterator[tuple[tuple[str, ...], tuple[int, int]]]:
    """Return the position of each asset behind the first column; a lane is as high as its fullest cell."""
    y = TOP
    for lane in LANES:
        here = [place for place in places if place.lane == lane]
        columns = {place.column: [one for one in here if one.column == place.column] for place in here}
        for column, assets in columns.items():
            for number, place in enumerate(assets):
                yield place.key, (LEFT + column * (BOX + GAP), y + number * (LINE + 8))
        rows = max((len(assets) for assets in columns.values()), default=0)
        y += max(rows * (LINE + 8), 2 * LINE) + LANE_GAP if here else 0


def _middle(number: int, count: int, bottom: int) -> int:
    return TOP + (bottom - TOP - count * RAW_STEP) // 2 + number * RAW_STEP


def _columns(stages: list[str], bottom: int) -> Iterator[str]:
    for number, stage in enumerate(stages):
        x = LEFT + number * (BOX + GAP)
        colour = COLOURS[number % len(COLOURS)]
        yield (
            f'<rect x="{x - 10}" y="36" width="{BOX + 20}" height="{bottom - 22}" rx="8" fill="{colour}"/>'
            f'<text class="h" x="{x}" y="26">{number + 1} {escape(stage)}</text>'
        )


def _lanes(places: list[Place], boxes: dict[tuple[str, ...], tuple[int, int]]) -> Iterator[str]:
    for lane in LANES:
        tops = [boxes[place.key] for place in places if place.lane == lane]
        if tops:
            x, y = min(tops)
            kind = next((f"one partition a {one.noun}" for one in PeriodKind if one.value == lane), "no partitions")
            yield f'<text class="s" x="{x}" y="{y - 6}">{kind}</text>'


def _drawn(place: Place, x: int, y: int) -> Iterator[str]:
    yield (
        f'<rect x="{x}" y="{y}" width="{BOX}" height="{LINE}" rx="4" fill="#fff" stroke="#555"/>'
        f'<text x="{x + 8}" y="{y + 16}">{escape("/".join(place.key))}</text>'
    )
    if place.guarded:
        yield (
            f'<rect x="{x + BOX - 4}" y="{y + 3}" width="8" height="{LINE - 6}" fill="{RED}">'
            f"<title>a blocking check</title></rect>"
        )


def _arrows(graph: Any, boxes: dict[tuple[str, ...], tuple[int, int]], raw: list[Place]) -> Iterator[str]:
    """Yield a line for each dependency. An asset that reads all raw tables gets one line from their column instead of
    six.
    """
    sources = {place.key for place in raw}
    ys = [boxes[place.key][1] + LINE // 2 for place in raw]
    trunk = (LEFT + BOX + 10, (min(ys) + max(ys)) // 2)
    for key, (x, y) in boxes.items():
        parents = {tuple(parent.path) for parent in graph.get(dg.AssetKey(key)).parent_keys}
        end = (x, y + LINE // 2)
        if sources and sources <= parents:
            yield _line(trunk, end)
            parents -= sources
        for parent in sorted(parents):
            px, py = boxes[parent]
            yield _line((px + BOX, py + LINE // 2), end)


def _line(start: tuple[int, int], end: tuple[int, int]) -> str:
    (x, y), (to_x, to_y) = start, end
    if to_x <= x:  # within one column: around the left side
        return f'<path d="M{x - BOX} {y} h-6 V{to_y} h6" fill="none" stroke="#888"/>'
    bend = max(20, (to_x - x) // 2)
    points = ((x, y), (x + bend, y), (to_x - bend, to_y), (to_x, to_y))
    curve = " ".join(f"{px} {py}" for px, py in points[1:])
    return f'<path d="M{x} {y} C{curve}" fill="none" stroke="#888"/>'


if __name__ == "__main__":
    main()
