"""Secrets, e-mail addresses and mentions: remove them from a text, or report the lines that contain them.

Secrets are recognised by anchored patterns, not by entropy: an entropy scanner reports ordinary titles as secrets
(measured). Nothing here reads a file or a store.

Cleaning that is about looks (markup, invisible characters, length) belongs in `clean.py`.
"""

import re
from collections.abc import Iterator

REDACTED = "[redacted]"

# The look-behind keeps it linear: without it, a line of 20,000 letters is read again from each of them.
EMAIL_PATTERN = re.compile(
    r"<?(?<![\w.+-])[\w.+-]+@(?!v?\d+\.\d+(?:\.\d+)*(?:[.+-][A-Za-z0-9]+)?(?:[.-]\d+)*(?![\w-]|\.\w))"
    r"(?:[\w-]+\.)+[A-Za-z]{2,}>?"
)
"""An e-mail address, with the angle brackets around it; no version of a package (`core@3.0.0.Final`).
`resources/channels/alerts.py` has a wider pattern of its own: `resources` does not import `sparky_assets`, and an alert
hides `user@host.1` too."""

_AT, _DOT = r"(?: at | ?[(\[] ?at ?[)\]] ?)", r"(?: dot | ?[(\[] ?dot ?[)\]] ?|\.)"

_WRITTEN_ADDRESS = re.compile(
    rf"(?<![\w.+-])[\w.+-]{{1,64}}(?: dot [\w+-]{{1,64}}){{0,2}}{_AT}(?:[\w-]{{1,63}}{_DOT}){{1,4}}"
    r"(?:com|org|net|edu|gov|io|info|me|dev|de|uk|fr|jp|cn|ru|eu|ch|nl|se|no|fi|dk|it|es|pl|br|au|ca|in|us|cz|at|be|kr)\b",
    re.IGNORECASE,
)
"""An e-mail address in words, as tmux names its reporters: `github at jiku dot jp`, `ada [at] example.org`."""

_WRITTEN_SIGN = re.compile(r" dot |[(\[] ?(?:at|dot) ?[)\]]", re.IGNORECASE)


def _find_written_address(text: str) -> re.Match[str] | None:
    # `look at example.com` is no address: one of its signs is spelled out.
    matches = _WRITTEN_ADDRESS.finditer(text) if _WRITTEN_SIGN.search(text) else iter(())
    return next((match for match in matches if _WRITTEN_SIGN.search(match[0])), None)


def find_address(text: str) -> int | None:
    """Return where the first e-mail address of a text begins, also one that is written in words; None without one."""
    found = [match.start() for match in (EMAIL_PATTERN.search(text), _find_written_address(text)) if match]
    return min(found, default=None)


SECRET_PATTERNS: dict[str, str] = {
    "GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{30,255}",
    "GitHub fine-grained token": r"\bgithub_pat_[A-Za-z0-9_]{30,255}",
    "GitLab token": r"\bgl(?:pat|dt|rt|cbt|ptt|ft|soat)-[A-Za-z0-9_.-]{20,}",
    "AWS access key": r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
    "AWS secret key": r"(?i)\baws_?(?:secret|session)[A-Za-z_]{0,20}\s*[:=]\s*['\"]?[A-Za-z0-9/+=]{40,}",
    "Google API key": r"\bAIza[A-Za-z0-9_-]{35}",
    "Google OAuth secret": r"\bGOCSPX-[A-Za-z0-9_-]{20,}",
    "Slack token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    "Slack webhook": r"\bhooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{20,}",
    "Discord webhook": r"\bdiscord(?:app)?\.com/api/webhooks/\d+/[A-Za-z0-9_-]{20,}",
    "OpenAI or Anthropic key": r"\bsk-(?:proj-|svcacct-|ant-|or-)?[A-Za-z0-9_-]{20,}",
    "Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}",
    "npm token": r"\bnpm_[A-Za-z0-9]{36}",
    "PyPI token": r"\bpypi-[A-Za-z0-9_-]{50,}",
    "Stripe key": r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{20,}",
    "SendGrid key": r"\bSG\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}",
    "Twilio key": r"\bSK[0-9a-f]{32}\b",
    "Telegram bot token": r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}",
    "DigitalOcean token": r"\bdo[opr]_v1_[a-f0-9]{64}",
    "Vault token": r"\bhv[sbr]\.[A-Za-z0-9_-]{24,}",
    "age key": r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}",
    "JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "private key": r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----",
    "password in a URL": r"(?<=://)[^\s/:@]{1,80}:[^\s/@]{3,200}(?=@)",
    "named secret": r"(?i)\b(?:passw(?:or)?d|secret|api[_-]?key|auth_?token)\s*[:=]\s*['\"]?(?=\S*\d)[^\s'\"]{12,}",
}
"""Kind of secret -> pattern. The patterns of vendors begin with a prefix that prose does not contain."""


def _embed_pattern(pattern: str) -> str:
    bare = pattern.removeprefix("(?i)")
    return f"(?i:{bare})" if bare != pattern else f"(?:{bare})"


_ANY_SECRET = re.compile("|".join(_embed_pattern(pattern) for pattern in SECRET_PATTERNS.values()))


def redact_secrets(text: str) -> str:
    """Replace every secret by `[redacted]`."""
    return _ANY_SECRET.sub(REDACTED, text)


def contains_secret(text: str) -> bool:
    """Return whether a part of the text looks like a secret."""
    return bool(_ANY_SECRET.search(text))


def redact_emails(text: str) -> str:
    """Remove e-mail addresses (`Signed-off-by: Ada <ada@example.com>`) and outer whitespace."""
    # The text around a removed address can form another one: `ada<b@c.de>@example.com`.
    while "@" in text and (shorter := EMAIL_PATTERN.sub("", text)) != text:
        text = shorter
    return text.strip()


def redact_addresses(text: str) -> str:
    """Remove e-mail addresses, also those that are written in words, and outer whitespace."""
    text = redact_emails(text)
    while match := _find_written_address(text):
        text = text[: match.start()] + text[match.end() :]
    return text.strip()


_MENTION_PATTERN = re.compile(r"(?<![\w/`.@-])@[A-Za-z0-9_][A-Za-z0-9_-]*")


_BROADCAST_PATTERN = re.compile(r"<[!@#](?:\w|subteam)")


_CODE_SPAN_PATTERN = re.compile(r"(`+)[^`]*?\1")


_LINK_TARGET_PATTERN = re.compile(r"\]\([^)\s]*\)|<?https?://\S+")


_LEAK_PATTERNS = {name: re.compile(pattern) for name, pattern in SECRET_PATTERNS.items()}


def find_leaks(text: str) -> Iterator[str]:
    """Yield a message for each line with a secret or an e-mail address. The message never repeats the secret."""
    # Nearly all texts hold none, and one search of the whole is much faster than one of each line: the list of a year's
    # pages is searched at each publication.
    suspected = {name: pattern for name, pattern in _LEAK_PATTERNS.items() if pattern.search(text)}
    may_hold_address = EMAIL_PATTERN.search(text) is not None
    if not suspected and not may_hold_address:
        return
    for number, line in enumerate(text.splitlines(), start=1):
        for name, pattern in suspected.items():
            if pattern.search(line):
                yield f"line {number} holds what looks like a {name}"
        if may_hold_address and EMAIL_PATTERN.search(line):
            yield f"line {number} holds an e-mail address"


_METADATA = re.compile(
    r"\A---\n.*?\n---\n|^<script type=\"application/ld\+json\">.*?</script>$", re.DOTALL | re.MULTILINE
)


def blank_metadata(text: str) -> str:
    """Return a page with empty lines for its front matter and structured data, which notify no one."""
    return _METADATA.sub(lambda match: "\n" * match[0].count("\n"), text)


def find_mentions(text: str) -> Iterator[str]:
    """Yield a message for each line with a name that would notify its owner. Code and URLs do not notify."""
    for number, line in enumerate(text.splitlines(), start=1):
        prose = _LINK_TARGET_PATTERN.sub(" ", _CODE_SPAN_PATTERN.sub(" ", line))
        mention = _MENTION_PATTERN.search(prose) or _BROADCAST_PATTERN.search(prose)
        if mention:
            yield f"line {number} would ping {mention[0][:40]}"


def find_hidden_names(text: str, hidden_names: frozenset[str]) -> Iterator[str]:
    """Yield a message for each line that names a repository hidden from the audience."""
    if not hidden_names:
        return
    folded = {name.casefold(): name for name in hidden_names}
    any_name = re.compile("|".join(rf"(?<![\w.-]){re.escape(name)}(?![\w-])" for name in sorted(folded)))
    for number, line in enumerate(text.splitlines(), start=1):
        for name in sorted({match[0] for match in any_name.finditer(line.casefold().replace("\\", ""))}):
            yield f"line {number} names {folded[name]}, which is not public now"
