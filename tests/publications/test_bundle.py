"""Bundles: final bytes of a period for a destination, missing products, and the problems of the checks."""

from pathlib import Path
from typing import Any

from sparky_assets.digests.models import Product, ProductManifest
from sparky_assets.publications.bundle import PublicationBundle, build_bundle, list_products
from sparky_assets.publications.checks import CheckContext
from sparky_assets.publications.stored_products import load_insight
from sparky_assets.store import Audience, digest_path
from tests.factories.published_store import WEEK, Desk


def build(desk: Desk, **context: Any) -> PublicationBundle:
    (destination,) = desk.settings.publish.destinations
    insight, sha256 = load_insight(desk.storage, WEEK, Audience.INTERNAL)
    fields = {"insight": insight, "insight_sha256": sha256, "visibility": {}, **context}
    return build_bundle(destination, WEEK, desk.storage, CheckContext(**fields))


def make_folder(tmp_path: Path, **settings: Any) -> Desk:
    return Desk(tmp_path, {"kind": "folder", "path": str(tmp_path / "site"), **settings})


def test_files_of_a_page_are_its_text_and_its_pictures(tmp_path: Path) -> None:
    bundle = build(make_folder(tmp_path))
    assert (bundle.problems, bundle.missing) == ((), ())
    (page,) = bundle.page_paths
    assert bundle.files[page].decode() == bundle.texts[0].text
    pictures = bundle.files.keys() - {page}
    assert len(pictures) == len(bundle.texts[0].manifest.pictures)
    assert all(path.rpartition("/")[2] in bundle.texts[0].text for path in pictures)


def test_post_is_the_text_without_its_front_matter(tmp_path: Path) -> None:
    bundle = build(Desk(tmp_path, {"kind": "webhook", "url": "https://example.com/hook", "key": "k" * 24}))
    assert bundle.texts[0].text.startswith("---\n")
    assert not bundle.post.text.startswith(("---", "\n"))
    assert bundle.texts[0].text.endswith(bundle.post.text)
    assert bundle.post.key == "weekly/2025-W46/there"
    assert bundle.post.title == bundle.texts[0].manifest.title


def test_mail_has_both_forms(tmp_path: Path) -> None:
    mail = {"kind": "email", "host": "mx", "sender": "a@b.org", "recipients": ["c@d.org"]}
    desk = Desk(tmp_path, mail)
    bundle = build(desk)
    assert list_products(desk.settings.publish.destinations[0]) == ("email_text", "email_html")
    assert [text.product for text in bundle.texts] == [Product.EMAIL_TEXT, Product.EMAIL_HTML]
    assert bundle.post.html.startswith("<!doctype html>")


def test_missing_product_is_named_and_the_others_are_built(tmp_path: Path) -> None:
    desk = make_folder(tmp_path, products=["digest", "blog_post"])
    for file in Path(desk.storage.root, digest_path(WEEK.kind, Audience.INTERNAL, Product.BLOG_POST)).iterdir():
        file.unlink()
    bundle = build(desk)
    assert len(bundle.page_paths) == 1
    assert [message.partition(" of ")[0] for message in bundle.missing] == ["blog_post"]


def test_withheld_post_is_not_in_the_bundle(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {"kind": "x"})
    name = digest_path(WEEK.kind, Audience.PUBLIC, Product.X)
    manifest = desk.storage.read_document(name, WEEK.key, ProductManifest)
    desk.storage.write_document(name, WEEK.key, manifest.model_copy(update={"withheld": "no release"}))
    bundle = build(desk)
    assert bundle.texts == ()
    assert bundle.missing == (f"x of {WEEK} is withheld: no release",)


def test_bundle_without_its_main_product_is_empty(tmp_path: Path) -> None:
    desk = make_folder(tmp_path)
    for file in Path(desk.storage.root, digest_path(WEEK.kind, Audience.INTERNAL)).glob("*.md"):
        file.unlink()
    bundle = build(desk)
    assert (bundle.texts, bundle.files, bundle.page_paths) == ((), {}, ())
    assert len(bundle.missing) == 1


def test_text_of_other_facts_is_a_problem_with_its_path(tmp_path: Path) -> None:
    bundle = build(make_folder(tmp_path), insight_sha256="0" * 64)
    (problem,) = bundle.problems
    assert (
        problem == f"{bundle.page_paths[0]}: it was made from other facts than the store holds; make the digest again"
    )
