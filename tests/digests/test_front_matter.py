"""Front matter: every flavor has the same content and converts to any other without changing the text."""

import datetime
from typing import get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sparky_assets.digests.render.front_matter import (
    FrontMatter,
    FrontMatterFlavor,
    format_front_matter,
    parse_front_matter,
    replace_front_matter,
)
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.errors import DataError
from sparky_assets.text.words import FRONT_MATTER_BLOCK
from tests.digests.test_digest import a_week
from tests.factories.products import written
from tests.strategies.git_history import SUBJECTS

FLAVORS: tuple[FrontMatterFlavor, ...] = get_args(FrontMatterFlavor)
YAML = [flavor for flavor in FLAVORS if flavor != "none"]
texts = st.sampled_from(SUBJECTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
front_matters = st.builds(
    FrontMatter,
    title=texts, description=texts, date=st.dates(datetime.date(1970, 1, 1), datetime.date(2105, 12, 31)),
    tags=st.lists(st.sampled_from(["weekly", "engineering", "2025-10-01 x"]), max_size=3).map(tuple),
    url=st.sampled_from(["", "https://x.y/1"]), image=st.sampled_from(["", "2025-W46-featured.png"]),
)  # fmt: skip


def one_line(value: FrontMatter) -> FrontMatter:
    words = {name: " ".join(getattr(value, name).split()) for name in ("title", "description")}
    return value.model_copy(update=words)


@settings(max_examples=60)
@given(front_matters, st.sampled_from(YAML), st.sampled_from(YAML))
def test_front_matter_of_any_flavor_converts_to_any_other(
    value: FrontMatter, one: FrontMatterFlavor, other: FrontMatterFlavor
) -> None:
    text = format_front_matter(value, one) + "\n# Body\n"
    assert parse_front_matter(text) == one_line(value)
    swapped = replace_front_matter(text, other)
    assert swapped == format_front_matter(value, other) + "\n# Body\n"
    assert replace_front_matter(swapped, one) == text


def test_flavor_none_removes_the_front_matter() -> None:
    text = format_front_matter(FrontMatter(title="A", description="", date=datetime.date(2025, 11, 16)), "hugo")
    assert replace_front_matter(f"{text}\n# Body\n", "none") == "# Body\n"


@pytest.mark.parametrize(
    ("flavor", "name", "value"),
    [
        ("quartz", "date", datetime.date(2025, 11, 16)),
        ("quartz", "author", "Sparky"),
        ("hugo", "date", datetime.datetime(2025, 11, 16, tzinfo=datetime.UTC)),
        ("hugo", "canonicalURL", "https://x.y/1"),
        ("hugo", "images", ["a.png"]),
        ("jekyll", "layout", "post"),
        ("jekyll", "image", "a.png"),
        ("mkdocs", "date", datetime.date(2025, 11, 16)),
        ("mkdocs", "tags", ["weekly"]),
    ],
)
def test_front_matter_has_the_fields_of_its_generator(flavor: FrontMatterFlavor, name: str, value: object) -> None:
    front_matter = FrontMatter(title="A", description="B", date=datetime.date(2025, 11, 16), tags=("weekly",),
                        url="https://x.y/1", image="a.png")  # fmt: skip
    head = format_front_matter(front_matter, flavor)
    assert yaml.safe_load(head.removeprefix("---\n").removesuffix("---\n"))[name] == value


@pytest.mark.parametrize("flavor", FLAVORS)
def test_digest_in_any_flavor_is_grounded(flavor: FrontMatterFlavor) -> None:
    markdown, rendered, insight = written(a_week())
    swapped = replace_front_matter(markdown, flavor)
    assert list(find_ungrounded(swapped, rendered, insight)) == []
    assert FRONT_MATTER_BLOCK.sub("", swapped).strip() == FRONT_MATTER_BLOCK.sub("", markdown).strip()


@pytest.mark.parametrize(
    "text", ["# No head\n", "---\n- a list\n---\n", "---\ntitle: [\n---\n", "---\ntitle: A\n---\n"]
)
def test_foreign_front_matter_is_refused_with_the_next_step(text: str) -> None:
    with pytest.raises(DataError, match="Make the digest again"):
        replace_front_matter(text, "hugo")
