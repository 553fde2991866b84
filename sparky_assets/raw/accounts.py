"""Accounts that are no people: bots, coding assistants, and accounts of no person. Pure.

A name is compared by whole words, so that "Renovated Rita", "Abbott" and "Talbot" stay people. The lists hold names as
public histories spell them; `people.bots` and `people.never_bots` in the settings add to them and overrule them.
"""

import re
from collections.abc import Iterable

BOT_NAMES_TEXT = """
    actions-user all-contributors allcontributors allstar-app ampprojectbot ansibullbot appveyor autofix-ci
    azure-pipelines azure-sdk backport-action backportbot bazel-io bors bors-ng bors-servo bot-homebrew
    brew-test-bot buildbot buildkite changeset-bot chromium-autoroll circleci cirrus-ci cla-assistant clabot
    codacy code-factor codeclimate codecov codecov-commenter codecov-io codecov-io-app codesee commit-queue
    concourse-ci conda-forge-admin conda-forge-webservices copybara copybara-service coveralls crates-io crowdin
    cypress-io datadog-official decapbot deepsource-autofix deepsourcebot denobot dependabot dependabot-preview
    dependency-track docker-library-bot dotnet-maestro drone-ci elasticmachine facebook-github-bot fluxcdbot
    fossabot gcf-merge-on-green ghostbot git-for-windows-ci gitbook gitbook-sync github-action github-actions
    github-classroom github-pages gitlab-bot gitlab-ci gitlab-runner gitpod-io glebbot google-oss-robot
    gopherbot graphite-app greenkeeper greenkeeperio grpc-kokoro hacktoberfest-bot homu hosted-weblate
    icebox-bot imgbot imgbotapp istio-testing jenkins jenkins-ci jetbrains-space k8s-ci-robot k8s-github-robot
    k8s-merge-robot k8s-publishing-bot kodiakhq kokoro-team laravel-shift lgtm-com lgtm-migrator
    linux-foundation-easycla llvmbot mergebot mergequeue mergify mergifyio meteor-bot
    microsoft-github-policy-service microsoft-github-updates moby-bot mu-bot netlify nixpkgs-update
    nodejs-github-bot nvidia-merge-bot octobox octokitbot openai-bot openapi-bot opensearch-trigger-bot
    openshift-bot openshift-ci openshift-ci-robot openshift-merge-robot pep8speaks pre-commit pre-commit-ci
    prow-robot pull-bot pull-request-size pulumi-bot pyup pyup-bot r-ryantm release-please releasebot renovate
    renovate-bot renovatebot repo-ranger restyled-io ros-pull-request-builder rust-bors rust-highfive
    rust-log-analyzer rust-timer rustbot scala-steward semantic-release semantic-release-bot sentry-autofix
    sentry-io servo-highfive skia-autoroll snyk snyk-bot snyk-community sonarcloud sonarqubecloud stackblitz
    step-security-bot stepsecurity storybook-bot swift-ci tensorflow-jenkins terraform-provider-bot tidelift
    travis-ci traviscibot trunk-io tryghost-bot vercel weblate wheelodex whitesource-bolt
    whitesource-for-github-com winget-bot zulipbot zuul
"""

BOT_NAMES = frozenset(BOT_NAMES_TEXT.split())
"""Names of automation, lower case, words joined by hyphens."""

BOT_LAST_WORDS = frozenset({"bot", "robot", "autoroll", "autoroller", "buildbot", "automation", "agent"})
"""A name whose last word is one of these is a bot: `Crowdin Bot`, `k8s-infra-robot`."""

BOT_ADDRESSES = frozenset({"action@github.com", "actions@github.com", "support@dependabot.com", "hello@weblate.org"})

UNATTENDED_ADDRESS_PATTERN = re.compile(r"(?:no-?reply|do-?not-?reply)(?:\+[^@]*)?@")
"""An address without a mailbox belongs to no person."""

GITHUB_OWN_NAMES = frozenset({"web-flow", "github", "github-web-flow"})
"""GitHub commits as these on behalf of a person. They wrote nothing."""

GITHUB_OWN_ADDRESS = "noreply@github.com"

ASSISTANT_BY_NAME = {
    "aider": "aider", "ai-sweep": "Sweep", "amazon-q": "Amazon Q", "amazon-q-developer": "Amazon Q", "ampcode": "Amp",
    "ampcode-com": "Amp", "augmentcode": "Augment", "auggie": "Augment", "chatgpt": "ChatGPT", "chatgpt-codex": "Codex",
    "chatgpt-codex-connector": "Codex", "claude-ai": "Claude", "claude-code": "Claude", "claude-code-action": "Claude",
    "codegen-sh": "Codegen", "codeium": "Windsurf", "codex": "Codex", "codex-cli": "Codex", "copilot": "Copilot",
    "copilot-autofix": "Copilot", "copilot-coding-agent": "Copilot", "copilot-swe-agent": "Copilot",
    "copilot-workspace": "Copilot", "cosine-genie": "Cosine", "cursor-agent": "Cursor", "cursor-ai": "Cursor",
    "cursoragent": "Cursor", "devin-ai": "Devin", "devin-ai-integration": "Devin", "ellipsis-dev": "Ellipsis",
    "factory-droid": "Factory", "gemini-cli": "Gemini", "gemini-code-assist": "Gemini", "github-copilot": "Copilot",
    "google-gemini": "Gemini", "google-jules": "Jules", "google-labs-jules": "Jules", "junie": "Junie",
    "junie-agent": "Junie", "kilo-code": "Kilo", "kiro-agent": "Kiro", "lovable-dev": "Lovable",
    "gpt-engineer-app": "Lovable", "openai-codex": "Codex", "openai-code-agent": "Codex", "opencode": "opencode",
    "opencode-agent": "opencode", "openhands": "OpenHands", "openhands-agent": "OpenHands", "opendevin": "OpenHands",
    "qwen-coder": "Qwen", "replit-agent": "Replit", "roo-code": "Roo", "roomote": "Roo", "sourcegraph-cody": "Cody",
    "sweep-ai": "Sweep", "sweep-nightly": "Sweep", "v0": "v0", "v0-by-vercel": "v0", "warp-agent": "Warp",
    "windsurf": "Windsurf", "windsurf-agent": "Windsurf", "zed-agent": "Zed", "swe-agent": "SWE-agent",
}  # fmt: skip
"""Coding assistants by their names as commits and accounts spell them, lower case, words joined by hyphens."""

ASSISTANT_BY_FIRST_NAME = {
    "claude": "Claude", "cline": "Cline", "cody": "Cody", "cursor": "Cursor", "devin": "Devin", "gemini": "Gemini",
    "goose": "Goose", "jules": "Jules", "kiro": "Kiro", "amp": "Amp", "droid": "Factory", "sweep": "Sweep",
}  # fmt: skip
"""Assistants that share their name with people. They count only at an address without a mailbox or of their maker."""

DOMAINS_BY_FIRST_NAME = {
    "claude": "anthropic.com", "cline": "cline.bot", "cody": "sourcegraph.com", "cursor": "cursor.com",
    "devin": "devin.ai", "goose": "block.xyz", "kiro": "kiro.dev", "amp": "ampcode.com", "droid": "factory.ai",
    "sweep": "sweep.dev",
}  # fmt: skip
"""Domain of the maker. Google's is not among them: its people have mailboxes there."""

ASSISTANT_BY_ADDRESS = {
    "noreply@anthropic.com": "Claude", "cursoragent@cursor.com": "Cursor", "noreply@aider.chat": "aider",
    "aider@aider.chat": "aider", "openhands@all-hands.dev": "OpenHands", "noreply@openai.com": "Codex",
    "codex@openai.com": "Codex", "copilot@github.com": "Copilot", "noreply@opencode.ai": "opencode",
    "noreply@windsurf.com": "Windsurf", "amp@ampcode.com": "Amp", "noreply@cursor.com": "Cursor",
}  # fmt: skip

ASSISTANT_MODEL_PATTERN = re.compile(r"(claude|gemini|gpt|codex|copilot|aider|devin)(?:-[a-z0-9.]+){0,5}", re.ASCII)
"""Names with a model or version behind them: `Claude Opus 4.5`, `aider (gpt-4o)`, `gemini-2.5-pro`."""

MODEL_WORDS = frozenset(
    {
        "agent", "cli", "code", "codex", "flash", "gpt", "haiku", "integration", "mini", "nano", "opus", "preview",
        "sonnet", "thinking", "turbo",
    }
)  # fmt: skip
"""Words of models. Not `max` and `pro`: a person can be called Claude Max."""

ASSISTANT_TRAILER_PATTERN = (
    r"(?im)^\W{0,8}(?:generated|created|written|authored|made) (?:with|by|using)(?: the help of)? \W{0,2}"
    r"(?:\w+ ){0,1}(?:claude|codex|chatgpt|copilot|cursor|aider|devin|gemini|jules|openhands|opencode|windsurf|amp)\b"
    r"|^(?:assisted|generated|co-developed|ai-assisted|ai-generated)-(?:by|with):\W{0,3}(?:\w+ ){0,1}"
    r"(?:claude|codex|chatgpt|gpt|copilot|cursor|aider|devin|gemini|jules|openhands|opencode|windsurf|amp)\b"
)
"""A line of a commit message that names an assistant. Without look-around: polars compiles it too."""

_BOT_SUFFIX = re.compile(r"\s*\[bot\]$", re.IGNORECASE)

_CAMEL_CASE_BOT = re.compile(r"\w*[a-z0-9](?:Bot|Robot)")

_CI_NAME = re.compile(r".*\S CI|[a-z0-9-]+-ci")

_NOT_WORD = re.compile(r"[^\w.]+")


def normalize_account_name(name: str) -> str:
    """Return a name in lower case without `[bot]`, its words joined by hyphens: `k8s-ci-robot`, `github-action`."""
    return _NOT_WORD.sub("-", _BOT_SUFFIX.sub("", name.strip()).casefold()).strip("-._")


def is_known_bot(name: str, address: str = "") -> bool:
    """Return True if a name or address is that of automation by the lists of this module."""
    spelling = normalize_account_name(name)
    local_part = address.rpartition("@")[0]
    first_words, _, last_word = spelling.replace("_", "-").rpartition("-")
    return (
        bool(_BOT_SUFFIX.search(name))
        or spelling in BOT_NAMES
        or (bool(first_words) and last_word in BOT_LAST_WORDS)
        or bool(_CAMEL_CASE_BOT.fullmatch(name.strip()))
        or bool(_CI_NAME.fullmatch(name.strip()))
        or spelling.startswith("github-action")
        or address in BOT_ADDRESSES
        or local_part in {"bot", "robot"}
        or local_part.endswith(("-bot", "+bot", "[bot]"))
    )


def find_assistant(name: str, address: str | None = None) -> str | None:
    """Return the display name of the coding assistant behind a name and address, or None.

    Args:
        name: the name in git, or a login.
        address: in lower case; None for a login, which has no address.
    """
    if address and (assistant := ASSISTANT_BY_ADDRESS.get(address)):
        return assistant
    spelling = normalize_account_name(name)
    if assistant := ASSISTANT_BY_NAME.get(spelling):
        return assistant
    first, *rest = spelling.split("-")
    if rest and ASSISTANT_MODEL_PATTERN.fullmatch(spelling) and all(_is_model_word(word) for word in rest):
        return ASSISTANT_BY_NAME.get(first) or ASSISTANT_BY_FIRST_NAME.get(first) or first.upper()
    if assistant := ASSISTANT_BY_FIRST_NAME.get(spelling):
        is_login_of_assistant = address is None and (spelling == "claude" or bool(_BOT_SUFFIX.search(name)))
        if is_login_of_assistant or (address is not None and _is_assistant_address(spelling, address)):
            return assistant
    return None


def _is_model_word(word: str) -> bool:
    return word in MODEL_WORDS or word in ASSISTANT_BY_FIRST_NAME or any(char.isdigit() for char in word)


def _is_assistant_address(spelling: str, address: str) -> bool:
    domain = address.rpartition("@")[2]
    is_unattended = bool(UNATTENDED_ADDRESS_PATTERN.match(address))
    return not address or is_unattended or domain == DOMAINS_BY_FIRST_NAME.get(spelling)


def is_placeholder_account(name: str, address: str | None = None) -> bool:
    """Return True for GitHub's own account, which commits on the web on behalf of people."""
    if address is None:
        return normalize_account_name(name) == "web-flow"
    return address == GITHUB_OWN_ADDRESS or normalize_account_name(name) in GITHUB_OWN_NAMES


def build_name_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of whole names as the settings list them; `*` matches any text."""
    return re.compile("|".join(re.escape(name).replace(r"\*", ".*") for name in names) or r"(?!)", re.IGNORECASE)
