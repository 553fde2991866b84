"""What a text says about upgrading: a hole that a change closes, a platform, a major version, an obstacle. Pure.

No reader has to upgrade with care for what a project tests, checks and documents itself with.
"""

import re

NOT_MISSED = (
    r"unused|unneeded|unnecessary|needless|useless|redundant|superfluous|extraneous|leftover|dead"
    r"|duplicat(?:e[sd]?|ions?)|no[- ]longer[- ](?:needed|used|necessary|required)"
)
"""Words for what no user misses when it is removed, as alternatives of a pattern: `Remove the unused cache`."""

BLOCKED = (
    r"(?:^[\w` -]{3,60}(?<! is)(?<! are)(?<! was)(?<! were)(?<! be)(?<! been)(?<! gets)(?<! not)"
    r" blocked (?:until|pending)\b"
    r"|\b(?:releas|deploy|upgrad|migrat|roll-?out|build|publi[cs]|merg|work|progress|port|support|feature|launch"
    r"|generation|phase|milestone|shipping|adoption)[\w-]*(?: [\w-]+){0,3} (?:is|are|remains?|still) (?:still |also )?"
    r"blocked (?:until|by|on|pending)\b"
    r"|\bblocked (?:by|on) (?:#\d|https?://|[\w.-]{1,60}/[\w.-]{1,60}#\d|(?:an? |the )?upstream\b))"
)
"""What holds work up, as alternatives of a pattern: `GPU generation blocked until PyTorch supports it`.

A visitor, a thread or a payment that is blocked is what a program does: `when a merchant is blocked by the bank`.
"""

_HOLES = (
    r"(?:(?:path|directory) traversals?|zip[- ]slip|(?:remote|arbitrary) code execution"
    r"|cross-site (?:scripting|request)"
    r"|(?:sql|command|code|shell|header|argument|crlf|log|template|html|ldap) injections?|(?-i:XSS|SSRF|RCE|ReDoS)"
    r"|(?-i:CSRF)(?! (?:tokens? )?(?:failures?|errors?|exceptions?|tokens?|headers?|cookies?|mismatch\w*|warnings?)\b)"
    r"|prototype pollution|privilege escalation|open redirects?|denial[- ]of[- ]service"
    r"|(?:auth\w*|permission|provenance|signature|verification|validation|certificate) bypass(?:es)?"
    r"|(?:credential|secret|password|information|token) (?:leaks?|leakage|disclosures?|exposures?)"
    r"|sandbox escapes?|timing attacks?|symlink attacks?)\b"
)
"""Classes of holes, as alternatives of a pattern."""

_SECURITY_TITLE = re.compile(
    r"(?i)(?:security(?: fix)?: |(?:fix|address|patch|resolve)(?:e?[sd]|ing)? (?:(?:a|an|the|some) )?(?:\w+ )?"
    r"(?:security (?:issues?|bugs?|flaws?|holes?|problems?)|vulnerabilit)"
    r"|(?:[\w./-]{1,30}: )?(?:fix|address|patch|resolve|prevent|mitigate|close|block|stop)(?:e?[sd]|ing)? "
    rf"(?:\S{{1,40}} ){{0,6}}?{_HOLES}"
    r"|(?:upgrade|update|bump)(?:e?[sd]|ing)? .{1,80}? (?:to|for) (?:fix|patch|address|resolve)(?:e?[sd]|ing)? "
    r"(?:\S{1,40} ){0,3}?(?:(?-i:CVEs?)|vulnerabilit\w+)\b)"
)
"""A title that says that a change closes a hole: `Fix the security issue where …`, `Prevent path traversal in …`."""

_HOLE = re.compile(rf"(?i){_HOLES}")

_OPEN_HOLE = re.compile(
    rf"(?i)\b(?:allow|permit|lead|prevent)\w* (?:\S{{1,30}} ){{0,5}}?{_HOLES}"
    r"|\bbypass(?:e[sd]|ing)? (?:\S{1,30} ){0,4}?"
    r"(?:auth\w*|permissions?|den(?:y|ies|ied)|acls?|access \w+|sandbox\w*)\b"
    r"|\b(?:attackers?|(?:unauth\w+|malicious|unprivileged|untrusted|remote) "
    r"(?:users?|clients?|peers?|actors?|parties|callers?)) "
    r"(?:can|could|may|might|to|was|were|is|are)\b(?!['’]t\b|not\b| not\b| never\b| unable\b)"
    r"|\bescalat\w+ (?:their |its |of )?privileges?\b"
    r"|\b(?:leak|disclos)(?:e?[sd]|ing|ure of)? (?:\S{1,30} ){0,3}?(?:credentials?|secrets?|passwords?|private keys?)\b"
)
"""What a message says of a hole: `It allows users to bypass their deny permissions`."""

_VERSION_CHANGE = re.compile(
    r"(?i)\bfrom v?(?P<old>\d{1,6})(?:[.\d]{0,20})[\w.+-]{0,20} to v?(?P<new>\d{1,6})(?:[.\d]{0,20})[\w.+-]{0,20}"
)


def names_security(title: str) -> bool:
    """Return whether a title says that a change closes a hole: `Fix the security issue where …`."""
    return bool(_SECURITY_TITLE.match(title[:300]))


def names_hole(text: str) -> bool:
    """Return whether a text names a class of holes: `Path traversal in names of plugins`."""
    return bool(_HOLE.search(text[:300]))


def tells_hole(message: str) -> bool:
    """Return whether a message says what a hole let people do: `It allows users to bypass their permissions`."""
    return bool(_OPEN_HOLE.search(message))


_PLATFORM = (
    r"\b(?:windows|mac ?os|os ?x|darwin|linux|(?:free|open|net|dragonfly)bsd|solaris|illumos|android|ios|wasm\w*|arm\w*"
    r"|aarch64|x86(?:_64)?|amd64|i[3-6]86|(?:32|64)-bit|ppc\w*|powerpc\w*|s390x|riscv\w*|mips\w*|sparc\w*|loong\w*|musl)"
)
_DROPPED_PLATFORM = re.compile(
    rf"(?i)^(?:[\w./-]{{2,20}}: )?(?:"
    rf"(?:disabl|drop|remov|delet|discontinu)\w*\b.{{0,40}}{_PLATFORM}.{{0,40}}"
    r"\b(?:targets?|platforms?|architectures?|binar(?:y|ies)|wheels?|installers?|release (?:builds?|artifacts?))\b"
    rf"|stop(?:ped|s)? (?:building|shipping|publishing|releasing|supporting|providing)\b.{{0,40}}{_PLATFORM})"
)
_NO_PLATFORM = re.compile(r"(?i)\b(?:tests?|testing|jobs?|runners?|workflows?|matrix|caches?|lints?|limitations?)\b")
"""Words of titles about how a project tests on a platform, and not for which it is released."""


def drops_platform(title: str) -> bool:
    """Return whether a title says that something is no longer built for a platform or architecture."""
    return bool(_DROPPED_PLATFORM.match(title[:200])) and not _NO_PLATFORM.search(title[:200])


def find_major_version(title: str) -> tuple[str, str] | None:
    """Return the old and new major version that a title names; None if it names none or stays within one.

    Versions that begin with a year cross no major version.
    """
    match = _VERSION_CHANGE.search(title[:500])
    if not match or int(match["new"]) <= int(match["old"]):
        return None
    if int(match["old"]) >= 1990 or int(match["new"]) >= 1990:
        return None
    return match["old"], match["new"]


NAMED_TOOL = (
    r"(?:go (?:fix|fmt|vet)|"
    r"black|ruff|isort|prettier|rustfmt|gofmt|clang-format|cargo fmt|fmt|eslint|clippy|pylint|flake8|mypy|lint\w*"
    r"|perltidy|perlcritic|phpstan|psalm|rector|php-?cs-?fixer|ktlint|spotless|swiftlint|swiftformat|biome|oxlint"
    r"|pyright|shellcheck|rubocop|cog|pre-commit|gocritic|golangci(?:-lint)?|staticcheck|revive|codeql|formatt\w+)"
)
"""Tools with which projects check and format their own code, as alternatives of a pattern."""

_OWN_SERVICE = (
    r"(?:ci|github actions?|gha|travis(?:[- ]?ci)?|appveyor|circle-?ci|azure pipelines?|gitlab-ci|codecov|coveralls"
    r"|dependabot|renovate|danger(?:file)?|code ?climate|sonar\w*|tox|nox|stale bot"
    r"|(?:pr|pull request|issue) templates?"
    r"|(?:old |unused )?(?:maven|gradle|sonatype|snapshot|publishing) (?:repositor(?:y|ies)|(?:repository )?settings)"
    r"|code ?owners|(?:test|ci) (?:suites?|targets?|runners?)|(?:test|build|ci) (?:matrix|jobs?|pipelines?|workflows?))"
)
_REMOVES_OWN_TOOL = re.compile(
    r"(?i)(?:[\w./-]{1,30}: )?(?:drop|remov|delet|disabl|stop|get rid of|ditch|retir)\w* "
    rf"(?:(?!(?:support|in|on|from|for|with|when|if|to|under)\b)[^\s:;,]{{1,40}} ){{0,6}}?"
    rf"(?:{_OWN_SERVICE}|{NAMED_TOOL}(?= (?:checks?|jobs?|steps?|config\w*|hooks?)\b))"
    r"(?: (?:checks?|targets?|jobs?|steps?|builds?|config\w*|hooks?|files?|badges?|scripts?|runs?|integration|usage))?"
    r"(?=\W*\Z|[;:.,(\[]| [-–(\[#]| (?:in favou?r of|as|because|since|from|for|on|until|and|with)\b)"
)


def removes_own_tool(title: str) -> bool:
    """Return whether a title says that a project gives up something with which it tests or checks itself.

    `Drop the macOS CI target` and `Remove the danger check` take nothing from users.
    """
    return bool(_REMOVES_OWN_TOOL.match(title[:200]))


_ABOUT_DOCUMENTS = re.compile(
    r"(?i)(?:[\w./-]{1,30}: )?(?:document(?:s|ed)? (?!store|db\b|type|class|loader|object)"
    r"|clarif(?:y|ies|ied) (?!(?:[^\s,;:]+ ){0,3}(?:errors?|messages?|warnings?|output|logs?|prompts?)\b)"
    r"|explain(?:s|ed)? (?:why|how|that|what|when)\b"
    r"|(?:add|improve|fix|update|clarify|replace|correct|rework|extend)(?:s|e?d)? (?:[^\s,;:]+ ){0,3}"
    r"(?:docs?|documentation|guides?|doc ?strings?|moduledocs?|readme)\b"
    r"(?! (?:store|site|build|generator|plugin|theme))"
    r"|(?:add|improve|fix|update|clarify|correct|extend|mention|note|explain|list)(?:s|e?d)? .{1,80} (?:to|in|on)"
    r" (?:the )?(?:\S{1,40} ){0,4}(?:docs?|documentation|readme)\W*\Z)"
)


def names_documentation(title: str) -> bool:
    """Return whether a title is about documentation, also that in files of code: `Document what the handler takes`."""
    return bool(_ABOUT_DOCUMENTS.match(title))
