"""Accounts: bots, coding assistants, unnamed accounts and people, with names from public histories."""

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.raw.accounts import ASSISTANT_TRAILER_PATTERN, find_assistant, is_known_bot
from sparky_assets.raw.people import ASSISTANT_KEY_PREFIX, GHOST_KEY, PersonFactory
from sparky_assets.settings.schema import AssistantCredit

BOTS = [
    ("k8s-ci-robot", "k8s-ci-robot@users.noreply.github.com"),
    ("Kubernetes Prow Robot", "k8s-ci-robot@users.noreply.github.com"),
    ("GitHub Action", "action@github.com"),
    ("GitHub Actions", "actions@github.com"),
    ("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com"),
    ("Jenkins", "jenkins@ci.example.org"),
    ("jenkins-ci", "ci@example.org"),
    ("bors", "bors@rust-lang.org"),
    ("github-action-benchmark", "github@users.noreply.github.com"),
    ("bors[bot]", "26634292+bors[bot]@users.noreply.github.com"),
    ("bors-servo", "servo-ops@mozilla.com"),
    ("openshift-merge-robot", "openshift-merge-robot@users.noreply.github.com"),
    ("OpenShift Merge Robot", "openshift-merge-robot@users.noreply.github.com"),
    ("openshift-ci-robot", "openshift-ci-robot@redhat.com"),
    ("codecov-io", "support@codecov.io"),
    ("Crowdin Bot", "support+bot@crowdin.com"),
    ("ImgBot", "ImgBotHelp@gmail.com"),
    ("imgbot[bot]", "31301654+imgbot[bot]@users.noreply.github.com"),
    ("StepSecurity Bot", "bot@stepsecurity.io"),
    ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"),
    ("dependabot-preview[bot]", "27856297+dependabot-preview[bot]@users.noreply.github.com"),
    ("renovate", "29139614+renovate[bot]@users.noreply.github.com"),
    ("renovate[bot]", "bot@renovateapp.com"),
    ("Renovate Bot", "renovate@whitesourcesoftware.com"),
    ("WhiteSource Renovate", "bot@renovateapp.com"),
    ("Mend Renovate", "bot@renovateapp.com"),
    ("pre-commit-ci[bot]", "66853113+pre-commit-ci[bot]@users.noreply.github.com"),
    ("greenkeeper[bot]", "greenkeeper[bot]@users.noreply.github.com"),
    ("greenkeeperio-bot", "support@greenkeeper.io"),
    ("snyk-bot", "snyk-bot@snyk.io"),
    ("allcontributors[bot]", "46447321+allcontributors[bot]@users.noreply.github.com"),
    ("Travis CI", "builds@travis-ci.org"),
    ("traviscibot", "traviscibot@example.org"),
    ("GitLab CI", "ci@gitlab.example.org"),
    ("semantic-release-bot", "semantic-release-bot@martynus.net"),
    ("mergify[bot]", "37929162+mergify[bot]@users.noreply.github.com"),
    ("kodiakhq[bot]", "49736102+kodiakhq[bot]@users.noreply.github.com"),
    ("pyup-bot", "github-bot@pyup.io"),
    ("Weblate", "noreply@weblate.org"),
    ("Hosted Weblate", "hosted@weblate.org"),
    ("scala-steward", "me@scala-steward.org"),
    ("nodejs-github-bot", "nodejs-github-bot@users.noreply.github.com"),
    ("rust-timer", "rust-timer@users.noreply.github.com"),
    ("google-oss-robot", "google-oss-robot@users.noreply.github.com"),
    ("copybara-service[bot]", "copybara-service[bot]@users.noreply.github.com"),
    ("Copybara-Service", "copybara-worker@google.com"),
    ("skia-autoroll", "skia-autoroll@skia-public.iam.gserviceaccount.com"),
    ("engine-flutter-autoroll", "engine-flutter-autoroll@skia.org"),
    ("release-please[bot]", "55107282+release-please[bot]@users.noreply.github.com"),
    ("BrewTestBot", "1589480+BrewTestBot@users.noreply.github.com"),
    ("conda-forge-webservices[bot]", "91080706+conda-forge-webservices[bot]@users.noreply.github.com"),
    ("istio-testing", "istio-testing@users.noreply.github.com"),
    ("microsoft-github-policy-service[bot]", "77245923+microsoft-github-policy-service[bot]@users.noreply.github.com"),
    ("deepsource-autofix[bot]", "62050782+deepsource-autofix[bot]@users.noreply.github.com"),
    ("restyled-io[bot]", "32688539+restyled-io[bot]@users.noreply.github.com"),
    ("swift-ci", "swift-ci@users.noreply.github.com"),
    ("moby-bot", "moby-bot@example.org"),
    ("gopherbot", "gobot@golang.org"),
    ("elasticmachine", "elasticmachine@users.noreply.github.com"),
    ("CircleCI", "builds@circleci.com"),
    ("actions-user", "actions@github.com"),
    ("vercel[bot]", "35613825+vercel[bot]@users.noreply.github.com"),
]

PEOPLE = [
    "Renovated Rita", "Abbott", "Talbot", "Dave Abbott", "Elizabeth Talbot", "Abbot Kinney", "Bo Turner", "Botond Kiss",
    "Robotham", "Jenkins Okafor", "Katherine Jenkins", "Travis Scott", "Cirrus Lee", "Claude Monet",
    "Jean-Claude Picard", "Claude Max", "Devin Townsend", "Jules Verne", "Gemini Rossi", "Aider Zubiri", "Cody Ng",
    "Hubert", "Ada Lovelace", "Robert Borsa", "Snyker", "Mergi Fyodorov", "Linus Torvalds", "Li Ci", "Percy",
    "Gerrit de Vries", "Houndstooth", "Copilotta Jones", "Kiro Takeda", "Stalewski",
]  # fmt: skip

ASSISTANTS = [
    ("Claude", "noreply@anthropic.com", "Claude"),
    ("Claude Opus 4.5", "noreply@anthropic.com", "Claude"),
    ("Claude Code", "claude@users.noreply.example.org", "Claude"),
    ("claude[bot]", "209825114+claude[bot]@users.noreply.github.com", "Claude"),
    ("Copilot", "198982749+Copilot@users.noreply.github.com", "Copilot"),
    ("copilot-swe-agent[bot]", "198982749+copilot-swe-agent[bot]@users.noreply.github.com", "Copilot"),
    ("GitHub Copilot", "copilot@github.com", "Copilot"),
    ("Cursor Agent", "cursoragent@cursor.com", "Cursor"),
    ("cursoragent", "199161495+cursoragent@users.noreply.github.com", "Cursor"),
    ("Codex", "codex@openai.com", "Codex"),
    ("chatgpt-codex-connector[bot]", "199175422+chatgpt-codex-connector[bot]@users.noreply.github.com", "Codex"),
    ("aider", "noreply@aider.chat", "aider"),
    ("aider (gpt-4o)", "noreply@aider.chat", "aider"),
    ("aider (claude-3-5-sonnet)", "ada@example.org", "aider"),
    ("Devin", "158243242+devin-ai-integration[bot]@users.noreply.github.com", "Devin"),
    ("Devin AI", "devin@example.org", "Devin"),
    ("gemini-code-assist[bot]", "176961590+gemini-code-assist[bot]@users.noreply.github.com", "Gemini"),
    ("google-labs-jules[bot]", "161369871+google-labs-jules[bot]@users.noreply.github.com", "Jules"),
    ("openhands", "openhands@all-hands.dev", "OpenHands"),
    ("openhands-agent", "openhands@all-hands.dev", "OpenHands"),
    ("opencode", "noreply@opencode.ai", "opencode"),
    ("Amp", "amp@ampcode.com", "Amp"),
]


@pytest.mark.parametrize(("name", "email"), BOTS)
def test_bot_of_public_history_is_marked(name: str, email: str) -> None:
    assert PersonFactory(b"salt").from_git(name, email).is_bot


@pytest.mark.parametrize("name", PEOPLE)
def test_person_with_name_like_bot_stays_person(name: str) -> None:
    person = PersonFactory(b"salt").from_git(name, "someone@example.org")
    assert (person.is_bot, person.name) == (False, name)
    assert not PersonFactory(b"salt").from_login("someone", name).is_bot


@pytest.mark.parametrize("name", ["Devin", "Claude", "Jules", "Gemini", "Kiro", "Goose", "Cody"])
def test_first_name_of_assistant_at_own_mailbox_stays_person(name: str) -> None:
    person = PersonFactory(b"salt").from_git(name, f"{name.lower()}@example.org")
    assert not person.is_bot
    assert not person.key.startswith(ASSISTANT_KEY_PREFIX)


@pytest.mark.parametrize(("name", "email", "assistant"), ASSISTANTS)
def test_assistant_of_public_history_is_neither_person_nor_bot(name: str, email: str, assistant: str) -> None:
    person = PersonFactory(b"salt").from_git(name, email)
    assert (person.key, person.name) == (ASSISTANT_KEY_PREFIX + assistant.lower(), assistant)
    as_bot = PersonFactory(b"salt", assistants=AssistantCredit.BOTS).from_git(name, email)
    assert as_bot.is_bot
    assert not as_bot.key.startswith(ASSISTANT_KEY_PREFIX)


def test_assistant_counted_as_people_is_person_by_setting() -> None:
    people = PersonFactory(b"salt", assistants=AssistantCredit.PEOPLE)
    person = people.from_git("aider", "aider@example.org")
    assert not person.is_bot
    assert not person.key.startswith(ASSISTANT_KEY_PREFIX)


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("GitHub", "noreply@github.com"),
        ("web-flow", "noreply@github.com"),
        ("GitHub Web Flow", "noreply@github.com"),
        ("Ada Lovelace", "noreply@github.com"),
        ("web-flow", "19864447+web-flow@users.noreply.github.com"),
    ],
)
def test_account_of_github_itself_is_no_person(name: str, email: str) -> None:
    assert PersonFactory(b"salt").from_git(name, email).key == GHOST_KEY


def test_setting_adds_bots_and_keeps_people() -> None:
    people = PersonFactory(b"salt", ["acme-*"], never_bots=["Jan Bot", "jenkins"])
    assert people.from_login("acme-deploy").is_bot
    assert not people.from_git("Jan Bot", "jan@example.org").is_bot
    assert not people.from_login("jenkins").is_bot
    assert people.from_git("Piet Bot", "piet@example.org").is_bot


@pytest.mark.parametrize(
    ("line", "is_trailer"),
    [
        ("🤖 Generated with [Claude Code](https://claude.com/claude-code)", True),
        ("Generated with Claude", True),
        ("Generated by Copilot", True),
        ("Assisted-by: Claude:claude-opus-4", True),
        ("Co-developed-by: GitHub Copilot <x>", True),
        ("Created with the help of Cursor", True),
        ("We generated with care the claude model list", False),
        ("Move the cursor", False),
        ("Generated with protoc 3.1", False),
        ("Generated by Claudette", False),
    ],
)
def test_trailer_of_assistant_is_found_by_python_and_polars(line: str, is_trailer: bool) -> None:
    body = f"Why it matters.\n\n{line}\nSigned-off-by: Ada"
    assert bool(re.search(ASSISTANT_TRAILER_PATTERN, body)) is is_trailer
    assert pl.Series([body]).str.contains(ASSISTANT_TRAILER_PATTERN).to_list() == [is_trailer]


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_name_and_address_gives_an_answer(name: str, address: str) -> None:
    assert isinstance(is_known_bot(name, address), bool)
    assistant = find_assistant(name, address)
    assert assistant is None or assistant
