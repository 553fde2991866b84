"""Pre-publish checks as pure functions: each reason to refuse a text or a picture, alone."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from sparky_assets.digests.models import Product
from sparky_assets.publications.checks import CheckContext, check_picture, check_text
from sparky_assets.publications.stored_products import ProductText
from sparky_assets.store import Audience
from tests.factories.products import written
from tests.strategies.git_history import WEEK, RepositoryLog, World, commit

SHA = "5" * 64
URL = "https://github.com/acme/tool"
OPEN, SHUT = {"acme/tool": "public"}, {"acme/tool": "public", "acme/vault": "private"}


def checked(
    audience: Audience = Audience.INTERNAL, now: dict[str, str] = OPEN, **known: Any
) -> tuple[ProductText, CheckContext]:
    """Return a digest that passes all checks, with its insight."""
    world = World(
        WEEK, (RepositoryLog("acme/tool", URL, "ok", (commit(1, "Read archives"), commit(2, "Print pages")), ()),)
    )
    text, about, insight = written(world)
    about = about.model_copy(update={"audience": audience, "insight_sha256": SHA, **known})
    return ProductText(Product.DIGEST, text, text, about), CheckContext(insight, SHA, now)


def said(piece: ProductText, ground: CheckContext, audience: Audience = Audience.INTERNAL) -> list[str]:
    return list(check_text(piece, ground, audience))


def with_line(line: str, audience: Audience = Audience.INTERNAL, now: dict[str, str] = OPEN) -> tuple[list[str], int]:
    """Return the problems of a digest that ends with this line, and the number of the line."""
    piece, ground = checked(audience, now)
    text = f"{piece.text.rstrip()}\n\n{line}\n"
    about = piece.manifest.model_copy(update={"text_sha256": sha256(text.encode()).hexdigest()})
    return said(replace(piece, text=text, stored_text=text, manifest=about), ground, audience), text.rstrip().count(
        "\n"
    ) + 1


@pytest.mark.parametrize("audience", Audience)
def test_verified_digest_passes_for_its_audience(audience: Audience) -> None:
    assert said(*checked(audience), audience) == []


def test_text_changed_since_it_was_rendered_is_refused() -> None:
    piece, ground = checked()
    assert said(replace(piece, stored_text=piece.stored_text + " "), ground) == [
        "the text was changed after it was rendered; make the digest again"
    ]


@pytest.mark.parametrize(("made_for", "goes_to"), [("internal", "public"), ("public", "internal")])
def test_edition_of_another_audience_is_refused(made_for: str, goes_to: str) -> None:
    assert said(*checked(Audience(made_for)), Audience(goes_to)) == [
        f"it was made for the {made_for} audience and would go to the {goes_to} one"
    ]


def test_text_of_other_facts_than_the_store_has_is_refused() -> None:
    assert said(*checked(insight_sha256="6" * 64)) == [
        "it was made from other facts than the store holds; make the digest again"
    ]


def test_ungrounded_sentence_is_refused_without_repeating_its_secret() -> None:
    token = "ghp_" + "aB3" * 12
    found, line = with_line(f"The 4711 keys are {token} and ada@example.com has them.")
    assert any("4711" in one for one in found)
    assert f"line {line} holds what looks like a GitHub token" in found
    assert f"line {line} holds an e-mail address" in found
    assert not [one for one in found if token in one or "ada@example.com" in one]
    assert any(" and [address] has them" in one for one in found), found


def test_mention_is_refused_and_an_at_sign_in_a_style_sheet_is_not() -> None:
    found, line = with_line("Thanks @octocat.")
    assert f"line {line} would ping @octocat" in found
    piece, ground = checked(insight_sha256="6" * 64)
    mail = "\n <html><style>@media print { a { color: red } }</style></html>"
    about = piece.manifest.model_copy(update={"text_sha256": sha256(mail.encode()).hexdigest()})
    assert not any("ping" in one for one in said(replace(piece, text=mail, stored_text=mail, manifest=about), ground))


def test_private_evidence_is_refused_for_the_public_only() -> None:
    assert said(*checked(now={"acme/tool": "private"})) == []
    assert said(*checked(Audience.PUBLIC, {"acme/tool": "private"}), Audience.PUBLIC)[0] == "acme/tool is private now"


def test_private_repository_name_is_refused_for_the_public_only() -> None:
    named = "names acme/vault, which is not public now"
    found, line = with_line("See acme/vault.", Audience.PUBLIC, SHUT)
    assert f"line {line} {named}" in found
    assert not any(named in one for one in with_line("See acme/vault.", now=SHUT)[0])


def drawn(data: bytes, audience: Audience = Audience.PUBLIC, wanted: str = SHA) -> list[str]:
    return list(check_picture(data, wanted, SHA, audience, SHUT))


def test_words_of_an_svg_are_checked_and_other_pictures_have_none() -> None:
    assert drawn(b"<svg>acme/tool</svg>") == []
    assert drawn(b"<svg/>", wanted="6" * 64) == ["the picture was changed after it was drawn; make the digest again"]
    assert drawn(b"\n <svg>acme/vault</svg>") == ["line 2 names acme/vault, which is not public now"]
    assert drawn(b"<svg>acme/vault</svg>", Audience.INTERNAL) == []
    assert drawn(b"<svg>\xff ada@example.com</svg>", Audience.INTERNAL) == ["line 1 holds an e-mail address"]
    assert drawn(b"\x89PNG acme/vault ada@example.com") == []
