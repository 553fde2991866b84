"""Secrets, addresses and mentions are found in any text, and similar plain text is not."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.text.redact import (
    SECRET_PATTERNS,
    find_address,
    find_hidden_names,
    find_leaks,
    find_mentions,
    redact_addresses,
    redact_emails,
)

A36, B40 = "aB3" * 12, "xY7z" * 10
PLANTED = {
    "GitHub token": (f"ghp_{A36}", "the prefix ghp_ marks a token"),
    "GitHub fine-grained token": (f"github_pat_{B40}", "github_pat_ is what they begin with"),
    "GitLab token": ("glpat-" + "x1Y2z3" * 4, "glpat-short"),
    "AWS access key": ("AKIAIOSFODNN7EXAMPLE", "AKIAnotakey"),
    "AWS secret key": (f"aws_secret_access_key = {B40}", "aws_secret_access_key is read from a file"),
    "Google API key": ("AIza" + "x" * 35, "AIzawa is a town"),
    "Google OAuth secret": ("GOCSPX-" + "a1" * 12, "GOCSPX- is a prefix"),
    "Slack token": ("xoxb-" + "1234567890-abc", "xoxb- begins a token"),
    "Slack webhook": ("https://hooks.slack.com/services/T00000000/B00000000/XXXX1234", "https://hooks.slack.com/docs"),
    "Discord webhook": ("https://discord.com/api/webhooks/123/" + "a1B2" * 8, "https://discord.com/api/webhooks"),
    "OpenAI or Anthropic key": ("sk-proj-" + "a1B2" * 8, "sk-learn is a library"),
    "Hugging Face token": ("hf_" + "aB3" * 12, "hf_hub_download"),
    "npm token": (f"npm_{A36}", "npm_config_registry"),
    "PyPI token": ("pypi-" + "AgEI" * 15, "pypi-server"),
    "Stripe key": ("sk_live_" + "a1B2" * 6, "sk_live_key"),
    "SendGrid key": ("SG." + "a1B2" * 6 + "." + "c3D4" * 8, "SG.1 and SG.2"),
    "Twilio key": ("SK" + "0a1b2c3d" * 4, "SK2025"),
    "Telegram bot token": ("1234567890:AA" + "x" * 33, "12:30 and 08:45"),
    "DigitalOcean token": ("dop_v1_" + "0a1b2c3d" * 8, "dop_v1_ begins it"),
    "Vault token": ("hvs." + "a1B2" * 8, "hvs.exe"),
    "age key": ("AGE-SECRET-KEY-1" + "Q" * 58, "AGE-SECRET-KEY-1 begins it"),
    "JSON web token": ("eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2", "eyJ begins one"),
    "private key": ("-----BEGIN OPENSSH PRIVATE KEY-----", "a line that says BEGIN PRIVATE KEY"),
    "password in a URL": ("https://ada:hunter22@example.com/x", "https://example.com:8080/x"),
    "named secret": ("password: hunter2hunter2", "password: see the manual, chapter 2"),
}


def test_every_shape_has_a_planted_example_and_a_near_miss() -> None:
    assert PLANTED.keys() == SECRET_PATTERNS.keys()


@pytest.mark.parametrize("shape", PLANTED)
def test_secret_is_found_in_its_line_and_not_repeated(shape: str) -> None:
    planted, _ = PLANTED[shape]
    found = list(find_leaks(f"# A week\n\nIt was {planted} all along.\n"))
    assert f"line 3 holds what looks like a {shape}" in found
    assert not any(planted in line for line in found)


@pytest.mark.parametrize("shape", PLANTED)
def test_text_that_only_looks_like_a_secret_passes(shape: str) -> None:
    _, harmless = PLANTED[shape]
    assert [line for line in find_leaks(harmless) if "looks like" in line] == []


@pytest.mark.parametrize("text", ["ask ada@example.com", "<ada@example.com>", "git clone git@github.com:acme/x.git"])
def test_address_is_found(text: str) -> None:
    assert "line 1 holds an e-mail address" in list(find_leaks(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("thanks @octocat", "line 1 would ping @octocat"),
        ("(@octocat)", "line 1 would ping @octocat"),
        ("**@acme/team**", "line 1 would ping @acme"),
        ("<!channel>", "line 1 would ping <!c"),
        ("<@U123>", "line 1 would ping @U123"),
        ("@everyone look", "line 1 would ping @everyone"),
        ("a\n@b-c", "line 2 would ping @b-c"),
        ("`code`@octocat", "line 1 would ping @octocat"),
        ("[x](https://a.example)@octocat", "line 1 would ping @octocat"),
    ],
)
def test_name_that_would_ping_is_found_with_its_line(text: str, found: str) -> None:
    assert list(find_mentions(text)) == [found]


def test_long_name_is_cut_where_it_is_repeated() -> None:
    assert list(find_mentions("a\nby @" + "b" * 60)) == ["line 2 would ping @" + "b" * 39]


@pytest.mark.parametrize(
    "text",
    [
        "thanks @\u200boctocat",
        "`@octocat`",
        "``npm i @types/node``",
        "[x](https://medium.com/@ada)",
        "a @ b",
        "5@6",
        "a<b",
    ],
)
def test_text_that_pings_no_one_passes(text: str) -> None:
    assert list(find_mentions(text)) == []


def test_line_that_names_a_hidden_repository_is_found_in_any_spelling() -> None:
    hidden = frozenset({"acme/secret_plan"})
    text = "one\nsee acme/Secret\\_Plan here\nhttps://github.com/acme/secret_plan/pull/1\nacme/secret_planning\n"
    assert list(find_hidden_names(text, hidden)) == [
        "line 2 names acme/secret_plan, which is not public now",
        "line 3 names acme/secret_plan, which is not public now",
    ]
    assert list(find_hidden_names(text, frozenset())) == []


def test_each_of_several_hidden_repositories_is_named_in_its_line() -> None:
    hidden = frozenset({"acme/vault", "acme/bunker", "acme/vault-keys"})
    assert list(find_hidden_names("of acme/vault and acme/bunker\n\nacme/vault-keys\n", hidden)) == [
        "line 1 names acme/bunker, which is not public now",
        "line 1 names acme/vault, which is not public now",
        "line 3 names acme/vault-keys, which is not public now",
    ]


@given(st.text(string.ascii_letters + string.digits + " .,_-/\n", max_size=300))
def test_any_prose_is_read_completely(text: str) -> None:
    for found in (*find_leaks(text), *find_mentions(text)):
        assert found.startswith("line ")


@pytest.mark.parametrize("tag", ["core@3.0.0.Final", "tool@1.2.3-beta", "core@3.0.Final", "app@v2.0.0.rc-1"])
def test_version_of_a_package_is_no_address(tag: str) -> None:
    assert redact_emails(f"Released {tag} today") == f"Released {tag} today"


@pytest.mark.parametrize("address", ["ada@163.com", "ada@1.2.example.com", "ada@3com.example", "a@10.2.mail.example"])
def test_address_with_numbers_is_an_address(address: str) -> None:
    assert redact_emails(f"From {address} today") == "From  today"


@pytest.mark.parametrize(("text", "shown"), [
    ("Fix a lamp, from ada dot b at harbour dot co dot uk", "Fix a lamp, from"),
    ("From ada (at) harbour (dot) org: fix", "From : fix"),
    ("See ada@harbour.org", "See"),
    ("Look at harbour.org and at the dot product", "Look at harbour.org and at the dot product"),
])  # fmt: skip
def test_address_in_words_is_removed(text: str, shown: str) -> None:
    assert redact_addresses(text) == shown


@given(st.text(alphabet="ab at dot.()[]@org ", max_size=200))
def test_no_address_is_left_in_any_text(text: str) -> None:
    assert find_address(redact_addresses(text)) is None
