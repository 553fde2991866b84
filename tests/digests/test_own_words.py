"""The words of the owner of templates: printed as they stand, and listed as theirs."""

from pathlib import Path

import pytest

from resources.storage import FileSuffix
from sparky_assets.digests.compose import DigestOptions, ProductInputs, build_manifest, render_within_limits
from sparky_assets.digests.editions import Edition
from sparky_assets.digests.models import Product, ProductManifest
from sparky_assets.digests.render.own_words import OwnWords, read_own_words
from sparky_assets.digests.render.samples import build_sample
from sparky_assets.digests.verify.leave_out import leave_out_failing
from sparky_assets.insights.models import Insight
from sparky_assets.periods import PeriodKind
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.store import Audience

SHIPPED = find_shipped_folder("templates")
GREETING = "Hello team, here is what we did this week. See [our wiki](https://wiki.example.org/news)."


def render_week(folder: Path) -> tuple[str, ProductManifest, Insight]:
    insight = build_sample(PeriodKind.WEEKLY)
    options = DigestOptions(Product.DIGEST, Audience.INTERNAL)
    rendered = render_within_limits(insight, options, [folder, SHIPPED], "quartz")
    return rendered.text, build_manifest(rendered, ProductInputs(insight, "", {}), Edition(insight)), insight


def write_week(folder: Path, line: str) -> None:
    """Write the shipped template of a week with a line of the owner below its lede."""
    shipped = (SHIPPED / "weekly.md.j2").read_text()
    marker = '{% include "partials/corrections.md.j2" %}'
    assert marker in shipped
    (folder / "weekly.md.j2").write_text(shipped.replace(marker, f"{line}\n\n{marker}"))


def test_sentence_of_the_owner_is_printed_and_listed_as_theirs(tmp_path: Path) -> None:
    write_week(tmp_path, GREETING)
    text, manifest, insight = render_week(tmp_path)
    assert manifest.own_words == ("Hello team, here is what we did this week. See our wiki",)
    repaired = leave_out_failing(text, manifest, insight)
    assert repaired.left_out == ()
    assert GREETING in repaired.text


def test_number_that_a_template_inserts_between_own_words_is_left_out(tmp_path: Path) -> None:
    write_week(tmp_path, "We shipped {{ 41 + 1 }} things this week.")
    text, manifest, insight = render_week(tmp_path)
    repaired = leave_out_failing(text, manifest, insight)
    assert "42 things" in text
    assert "42 things" not in repaired.text
    assert len(repaired.left_out) == 1


def test_words_of_a_copied_template_are_not_the_owners(tmp_path: Path) -> None:
    (tmp_path / "partials").mkdir()
    for name in ("weekly.md.j2", "partials/box.md.j2", "partials/people.md.j2"):
        (tmp_path / name).write_text((SHIPPED / name).read_text())
    assert read_own_words("weekly.md.j2", [tmp_path, SHIPPED], "md") == OwnWords()
    assert read_own_words("weekly.md.j2", [SHIPPED], "md") == OwnWords()


@pytest.mark.parametrize(
    ("suffix", "source", "texts"),
    [
        (
            "md",
            "## **Our** week\n\n{# a note #}From {{ digest.title }}, with love.\n",
            ("Our week", "From", "with love"),
        ),
        ("html", "<p style='x'>Hello &amp; <a href='{{ url }}'>welcome</a></p>\n", ("Hello", "welcome")),
        ("txt", "{% if digest.url %}Read on:{% endif %}\n-- \n{% raw %}{{ kept }}{% endraw %}\n", ("Read on", "kept")),
    ],
)
def test_placeholder_ends_a_piece_of_own_words(
    tmp_path: Path, suffix: FileSuffix, source: str, texts: tuple[str, ...]
) -> None:
    (tmp_path / "mine.j2").write_text(source)
    assert read_own_words("mine.j2", [tmp_path, SHIPPED], suffix).texts == texts


def test_words_of_an_included_file_are_read(tmp_path: Path) -> None:
    (tmp_path / "mine.j2").write_text('{% include "greeting.j2" %}\n{% include missing_name %}\n')
    (tmp_path / "greeting.j2").write_text("Good morning.\n")
    assert read_own_words("mine.j2", [tmp_path, SHIPPED], "md").texts == ("Good morning",)
