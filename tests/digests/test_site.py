"""Site files: index, archives, feeds and list of all published pages, newest first and reproducible."""

import json
import random
from datetime import date
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from sparky_assets.digests.models import Product, ProductManifest
from sparky_assets.digests.render.feeds import ATOM_NAMESPACE, FeedEntry
from sparky_assets.digests.render.html import render_html
from sparky_assets.digests.render.site import SiteInfo, render_site
from sparky_assets.periods import PeriodKind, period_of_day
from sparky_assets.store import Audience
from tests.strategies.git_history import SUBJECTS

SITE = SiteInfo("Acme", "https://blog.example.org/")


def entry(kind: PeriodKind, day: date, title: str = "Acme", markdown: str = "# Acme\n\nText.\n") -> FeedEntry:
    period = period_of_day(kind, day)
    manifest = ProductManifest(
        product=Product.DIGEST, audience=Audience.INTERNAL, period=period, title=title, description=f"{title}.",
        text_sha256="0" * 64, words=3, is_quiet=False, date=period.start, tags=(kind.value,),
    )  # fmt: skip
    path = f"{period.start:%Y/%m}/{kind.value}-{period.key}.md"
    return FeedEntry(manifest, path, f"{SITE.url}{path.removesuffix('.md')}", markdown)


DAYS = [date(2025, 11, 12), date(2025, 11, 13), date(2024, 12, 31)]
ENTRIES = [entry(PeriodKind.DAILY, day) for day in DAYS] + [entry(PeriodKind.WEEKLY, DAYS[0])]


def test_site_has_index_archives_feeds_and_list() -> None:
    assert sorted(render_site(ENTRIES, SITE)) == [
        "2024/12/index.md", "2024/index.md", "2025/11/index.md", "2025/index.md", "digests.json", "feed.json",
        "feed.xml", "index.md",
    ]  # fmt: skip


def test_site_of_the_same_pages_has_the_same_bytes() -> None:
    turned = list(ENTRIES)
    random.Random(7).shuffle(turned)
    assert render_site(turned, SITE) == render_site(ENTRIES, SITE)


def test_archives_link_relatively_to_pages() -> None:
    files = render_site(ENTRIES, SITE)
    assert "(2025/11/daily-2025-11-12.md)" in files["index.md"]
    assert "(../2025/11/daily-2025-11-12.md)" in files["2025/index.md"]
    assert "(../../2025/11/daily-2025-11-12.md)" in files["2025/11/index.md"]
    assert "## [November 2025](11/index.md)" in files["2025/index.md"]


def test_archive_says_the_headline_of_a_paper_once() -> None:
    page = entry(PeriodKind.WEEKLY, DAYS[0], title="tool 1.2 is out: Tabs are read")
    (line,) = [line for line in render_site([page], SITE)["index.md"].splitlines() if line.startswith("- [tool")]
    assert line.count("Tabs are read") == 1
    own = FeedEntry(page.manifest.model_copy(update={"description": "Spaces too."}), page.path, page.url, page.markdown)
    assert "): Spaces too." in render_site([own], SITE)["index.md"]


def test_feeds_have_full_texts_stable_ids_and_absolute_pictures() -> None:
    page = entry(PeriodKind.WEEKLY, DAYS[0], markdown='---\ntitle: "x"\n---\n\n# A\n\n![all](2025-W46-activity.svg)\n')
    files = render_site([page], SITE)
    feed = ElementTree.fromstring(files["feed.xml"])
    (one,) = feed.findall(f"{{{ATOM_NAMESPACE}}}entry")
    content = one.findtext(f"{{{ATOM_NAMESPACE}}}content")
    source = "https://blog.example.org/2025/11/2025-W46-activity.svg"
    assert content == f'<h1>A</h1>\n<p><img src="{source}" alt="all" loading="lazy" /></p>\n'
    assert one.findtext(f"{{{ATOM_NAMESPACE}}}id") == "tag:sparky,2025:Acme/weekly/2025-W46/digest/internal"
    assert feed.findtext(f"{{{ATOM_NAMESPACE}}}updated") == "2025-11-17T00:00:00Z"
    (item,) = json.loads(files["feed.json"])["items"]
    assert (item["content_html"], item["id"]) == (content, "tag:sparky,2025:Acme/weekly/2025-W46/digest/internal")


def test_list_has_the_hash_of_each_text() -> None:
    before = json.loads(render_site(ENTRIES, SITE)["digests.json"])["digests"]
    changed = [*ENTRIES[:-1], entry(PeriodKind.WEEKLY, DAYS[0], markdown="# Acme\n\nOther text.\n")]
    after = json.loads(render_site(changed, SITE)["digests.json"])["digests"]
    assert [one["period"] for one in before] == ["2025-W46", "2025-11-13", "2025-11-12", "2024-12-31"]
    differing = [old["period"] for old, new in zip(before, after, strict=True) if old["sha256"] != new["sha256"]]
    assert differing == ["2025-W46"]


def test_site_without_pages_says_so() -> None:
    files = render_site([], SiteInfo("Acme"))
    assert "Nothing has been published yet." in files["index.md"]
    assert json.loads(files["feed.json"])["items"] == []


@settings(max_examples=30)
@given(st.lists(st.sampled_from(SUBJECTS) | st.text(max_size=30), min_size=1, max_size=4))
def test_feeds_with_hostile_titles_stay_valid(titles: list[str]) -> None:
    entries = [
        entry(PeriodKind.DAILY, date(2025, 11, 1 + number), title.replace("\ud800", ""), markdown=f"# {number}\n")
        for number, title in enumerate(titles)
        if title.isprintable()
    ]
    files = render_site(entries, SITE)
    ElementTree.fromstring(files["feed.xml"])
    json.loads(files["feed.json"])
    assert "<script" not in render_html(files["index.md"])
    assert "evil.example" not in "".join(part for part in render_html(files["index.md"]).split('"')[1::2])


def test_html_in_a_text_is_shown_as_text() -> None:
    assert "<b>" not in render_html("Hello <b>there</b>\n")
    assert render_html('---\ntitle: "x"\n---\nText.\n') == "<p>Text.</p>\n"
