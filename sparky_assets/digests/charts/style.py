"""The canvas of all charts: light and dark palettes, alternative text, and reproducible bytes.

matplotlib draws them: it renders SVG and PNG from wheels, without a network, a browser or a system library, and has
been maintained for twenty years. Two alternatives were tried. vl-convert (Vega-Lite) is as good and as reproducible,
but brings an 84 MB JavaScript engine. pygal writes different bytes each time and a script's address into every file,
and needs cairo for PNG. Importing matplotlib takes a second, so it is imported only where a picture is drawn.

What a chart shows does not belong here, but in `charts.py`.
"""

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MAX_LABEL_LENGTH = 34

PADDING_INCHES = 0.13
"""Space between the edge of the card and the drawing."""


MATPLOTLIB_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: it can be read aloud, searched and copied
    "svg.hashsalt": "sparky",  # ids of shapes are random without it
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Helvetica", "Arial", "sans-serif"],
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
}


@dataclass(frozen=True)
class ColorPalette:
    """Colors by purpose. Text has a contrast of at least 4.5 to 1 on the card."""

    card: str
    ink: str
    muted: str
    grid: str
    series: tuple[str, str, str, str]
    heat: tuple[str, str, str, str, str]


LIGHT_PALETTE = ColorPalette(
    card="#fffffe", ink="#1f2328", muted="#59636e", grid="#d1d9e0",
    series=("#0969da", "#1a7f37", "#bc4c00", "#8250df"),
    heat=("#ebedf0", "#9be9a8", "#40c463", "#30a14e", "#216e39"),
)  # fmt: skip


DARK_PALETTE = ColorPalette(
    card="#0d1117", ink="#f0f6fc", muted="#9198a1", grid="#3d444d",
    series=("#4493f8", "#3fb950", "#db6d28", "#ab7df8"),
    heat=("#21262d", "#0e4429", "#006d32", "#26a641", "#39d353"),
)  # fmt: skip


DrawFunction = Callable[["Figure", ColorPalette], None]


@dataclass(frozen=True)
class Chart:
    """A chart: its name in files, its title, its alternative text, its size, and the function that draws it."""

    name: str
    title: str
    alt: str
    width_inches: float
    height_inches: float
    draw: DrawFunction

    def render_svg(self) -> str:
        """Render the chart for pages: it follows the light or dark preference of the browser."""
        text = self._draw().decode()
        opening = (
            f'<svg role="img" aria-labelledby="{self.name}-title {self.name}-alt"'
            f' xmlns:xlink="http://www.w3.org/1999/xlink"'
        )
        text = re.sub(r'<svg xmlns:xlink="http://www\.w3\.org/1999/xlink"', opening, text, count=1)
        words = (
            f'<title id="{self.name}-title">{escape(self.title)}</title>'
            f'<desc id="{self.name}-alt">{escape(self.alt)}</desc><style>{_build_dark_rules()}</style>'
        )
        text = re.sub(r" <metadata>.*?</metadata>\n", "", text, count=1, flags=re.DOTALL)
        return re.sub(r"(<svg [^>]*>\n)", lambda match: f"{match[1]} {words}\n", text, count=1)

    def _draw(self) -> bytes:
        import matplotlib as mpl  # noqa: PLC0415 (takes a second to import, which only pictures need)
        from matplotlib.figure import Figure  # noqa: PLC0415
        from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415

        with mpl.rc_context(MATPLOTLIB_STYLE), warnings.catch_warnings():
            # The font lacks some scripts. Their names are measured as boxes, and the browser's own font shows them.
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            layout = ConstrainedLayoutEngine(w_pad=PADDING_INCHES, h_pad=0.09)
            figure = Figure(
                figsize=(self.width_inches, self.height_inches), layout=layout, facecolor=LIGHT_PALETTE.card
            )
            figure.suptitle(
                shorten_label(self.title, 90),
                x=PADDING_INCHES / self.width_inches,
                ha="left",
                fontsize=11,
                fontweight="bold",
                color=LIGHT_PALETTE.ink,
                parse_math=False,
            )
            self.draw(figure, LIGHT_PALETTE)
            buffer = io.BytesIO()
            figure.savefig(buffer, format="svg", dpi=144, metadata={"Date": None, "Creator": None})
        return buffer.getvalue()


def style_axes(axes: "Axes", palette: ColorPalette, *, grid: str | None = "y") -> None:
    """Style axes without a frame, with a light grid and muted labels."""
    axes.set_facecolor(palette.card)
    axes.tick_params(colors=palette.muted, length=0)
    for spine in axes.spines.values():
        spine.set_color(palette.grid)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis="x" if grid == "x" else "y", color=palette.grid, linewidth=0.6)


def shorten_label(text: str, max_length: int = MAX_LABEL_LENGTH) -> str:
    """Shorten a label for a chart and drop characters that XML does not allow."""
    visible = "".join(char for char in text if char.isprintable())
    return visible if len(visible) <= max_length else f"{visible[: max_length - 1].rstrip()}…"


def _build_dark_rules() -> str:
    """Return CSS that replaces each light color for dark mode. Viewers without CSS show the light chart on its card."""
    light = (
        LIGHT_PALETTE.card,
        LIGHT_PALETTE.ink,
        LIGHT_PALETTE.muted,
        LIGHT_PALETTE.grid,
        *LIGHT_PALETTE.series,
        *LIGHT_PALETTE.heat,
    )
    dark = (
        DARK_PALETTE.card,
        DARK_PALETTE.ink,
        DARK_PALETTE.muted,
        DARK_PALETTE.grid,
        *DARK_PALETTE.series,
        *DARK_PALETTE.heat,
    )
    rules = "".join(
        f'[style*="fill: {old}"]{{fill:{new}!important}}[style*="stroke: {old}"]{{stroke:{new}!important}}'
        for old, new in zip(light, dark, strict=True)
    )
    return f"@media (prefers-color-scheme:dark){{{rules}}}"
