"""What one changed line of a diff says for sure: another default, or a higher minimum version.

Both are read from a pair of lines, the removed and the added one, in a file that users depend on. A pair that may mean
something else says nothing.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sparky_assets.text.clean import contains_invisible
from sparky_assets.text.paths import (
    is_ci_path,
    is_docs_path,
    is_noise_path,
    is_test_path,
    is_tooling_path,
    is_user_path,
)
from sparky_assets.text.redact import EMAIL_PATTERN, contains_secret

MAX_LINE_LENGTH = 110
"""Characters of a line that is printed."""

MAX_MANIFEST_DEPTH = 3
"""Folders above a manifest: a deeper one is of an example or a part of something else."""

_EXAMPLE_FOLDER = re.compile(
    r"(?i)(?:^|/)(?:examples?|samples?|demos?|templates?|playground|scaffold\w*|mocks?|stubs?|bench\w*"
    r"|(?:\w+[-_])?tests?(?:[-_]\w+)?)/"
)

_STYLE_FILE = re.compile(r"(?i)\.(?:css|scss|less|svg|html?|ipynb|po|ftl|lock|csv|sql)$")

_TOKEN = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\d[\w.]*|[A-Za-z_$][\w$]*(?:(?:::|\.)[A-Za-z_]\w*)*|\S")

_COMMENT = re.compile(r"#(?!\[)|//|/\*|\*|--|;|<!--|%|\"\"\"")

_DEFAULT_PLACE = re.compile(
    # DEFAULT_LIMIT = …, defaultLimit: u32 = …, const DefaultTimeout = …
    r"\b(?:(?:[A-Z][A-Z\d]*_)*DEFAULT(?:_[A-Z\d_]+)?|default(?:_[a-z\d_]+|[A-Z]\w*)|Default[A-Z]\w*|[a-z\d_]+_default)"
    r"\s*(?::\s*[\w&'<>\[\]., ]{1,40}?)?\s*:?=\s*"
    # default=…, default: …, "default": …, default_value = …, .default(…), default_value_t = …
    r"|(?<![\w-])[\"']?default(?:[_-]?value(?:_t)?|Value)?[\"']?\s*(?:[=:]|\()\s*"
)

_OPTION_VALUES = (("optin", "optout"), ("optout", "optin"))

_NAMED_VALUE = re.compile(r"[A-Z][A-Z\d_]{2,}|[A-Za-z_]\w*(?:(?:::|\.)[A-Za-z_]\w*)+")

_PLAIN_VALUE = re.compile(r"\".*\"|'.*'|\d.*|(?i:true|false|null|none|nil|on|off|yes|no)")

_BEFORE_VALUE = re.compile(r"[\w\s.:*+&<>\[\]\"',/-]{0,60}[(\[{]?\s*|[\w:.]{1,60}\(\s*")

_STATEMENT = re.compile(r"\b(?:return|if|else|raise|throw|break|case|import|require|assert\w*|log\w*|print\w*)\b")


@dataclass(frozen=True)
class ChangedDefault:
    """A default that one line of a diff changes.

    Attributes:
        old, new: the lines before and after, without their indentation.
        has_name: whether the line says of what it is the default: `DEFAULT_LIMIT = 5`, and not `default=5,`.
    """

    old: str
    new: str
    has_name: bool


@dataclass(frozen=True)
class RaisedMinimum:
    """A minimum version that a manifest raises.

    Attributes:
        key: the key of the manifest: `requires-python`, `FROM python`.
        old, new: the values as they are written: `>=3.9`.
    """

    key: str
    old: str
    new: str


def find_changed_default(path: str, old_line: str, new_line: str) -> ChangedDefault | None:
    """Return the default that a pair of lines changes; None if it is not certain that it is one.

    The lines differ in one value, behind a name with `default` in it or as the choice between opt-in and opt-out.
    Tests, documents, examples and what no person wrote do not count.
    """
    old, new = old_line.strip(), new_line.strip()
    is_elsewhere = not is_user_path(path) or _EXAMPLE_FOLDER.search(path) or _STYLE_FILE.search(path)
    if is_elsewhere or is_tooling_path(path) or not (_is_printable(old) and _is_printable(new)):
        return None
    if _COMMENT.match(old) or _COMMENT.match(new):
        return None
    old_tokens, new_tokens = list(_TOKEN.finditer(old)), list(_TOKEN.finditer(new))
    different = [pair for pair in zip(old_tokens, new_tokens, strict=False) if pair[0][0] != pair[1][0]]
    if len(old_tokens) != len(new_tokens) or len(different) != 1:
        return None
    before, after = different[0]
    if not (_is_value(before[0]) and _is_value(after[0])) or not _is_other_value(before[0], after[0]):
        return None
    reads_objects = _reads_object(old, before) or _reads_object(new, after)
    is_choice = _is_option_choice(before[0], after[0])
    if reads_objects or (not is_choice and not _follows_default(new, after.start())):
        return None
    others = (token[0] for token in new_tokens if token.start() != after.start())
    return ChangedDefault(old, new, has_name=any(map(_is_name, others)))


def _is_printable(line: str) -> bool:
    return (
        0 < len(line) <= MAX_LINE_LENGTH
        and line.isprintable()
        and "`" not in line
        and not contains_secret(line)
        and not EMAIL_PATTERN.search(line)
        and not contains_invisible(line)
    )


def _is_value(token: str) -> bool:
    return bool(_PLAIN_VALUE.fullmatch(token) or _NAMED_VALUE.fullmatch(token))


def _reads_object(line: str, token: re.Match[str]) -> bool:
    """Return whether a token calls a method or reads an attribute of the code's own: `project.get_section("packages")`.

    pipenv moved such a method, and its `default_deps` stood in the box as a changed default.
    """
    is_call = "." in token[0] and not token[0][:1].isdigit() and line[token.end() :].lstrip().startswith("(")
    return not _PLAIN_VALUE.fullmatch(token[0]) and (is_call or token[0].startswith(("self.", "this.")))


def _is_other_value(old: str, new: str) -> bool:
    """Return whether two values differ in more than their quotes, and not only in how nothing is written."""
    values = ["".join(char for char in token.lower() if char.isalnum() or char in "-.") for token in (old, new)]
    return values[0] != values[1] and not all(value in _EMPTY_VALUES for value in values)


_EMPTY_VALUES = frozenset({"", "none", "null", "nil", "false", "off", "no", "0", "undefined"})


def _is_name(token: str) -> bool:
    """Return whether a token of a line names what it sets, and is no word of the language or of defaults alone."""
    return len(re.sub(r"[^A-Za-z]", "", token)) >= 3 and token.strip("\"'").lower() not in _LANGUAGE_WORDS


_LANGUAGE_WORDS = frozenset((
    "default", "default_value", "default_value_t", "defaultvalue", "value", "let", "const", "static", "pub", "var",
    "val", "final", "public", "private", "int", "str", "string", "bool", "boolean", "number", "float", "usize", "arg",
    "option", "self", "this", "click", "type", "integer", "true", "false", "none", "null", "new", "serde", "clap",
    "schema", "long", "short", "name", "help", "required",
))  # fmt: skip


def _is_option_choice(old: str, new: str) -> bool:
    names = [
        re.split(r"::|\.", token)[-1].strip("\"'").lower().replace("-", "").replace("_", "") for token in (old, new)
    ]
    return (names[0], names[1]) in _OPTION_VALUES


def _follows_default(line: str, position: int) -> bool:
    """Return whether the value at a position is given to a name with `default` in it."""
    for match in _DEFAULT_PLACE.finditer(line):
        if match.end() > position:
            break
        between = line[match.end() : position]
        if _BEFORE_VALUE.fullmatch(between) and "," not in between and not _STATEMENT.search(line):
            return True
    return False


# --- Minimum versions


_NUMBER = re.compile(r"v?(\d{1,4}(?:\.\d{1,4}){0,3})(?![\w])")

_LOWER_BOUND = re.compile(r"(?:>=|\^|~=|~>|~|==?|>)?\s*v?(\d{1,4}(?:\.(?:\d{1,4}|[x*])){0,3})")


def _read_specifier(text: str) -> tuple[int, ...] | None:
    """Return the lowest version that a specifier admits: `>=3.9,<4`, `^18 || >=20`; None if it has no lower bound."""
    bounds: list[tuple[int, ...]] = []
    for alternative in text.split("||"):
        parts = [part.strip() for part in re.split(r",|\s+(?=[<>=^~!])", alternative) if part.strip()]
        lower = [_to_numbers(match[1]) for part in parts if (match := _LOWER_BOUND.fullmatch(part))]
        if not lower:
            return None
        bounds.append(max(lower))
    return min(bounds) if bounds else None


def _to_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split(".") if number.isdigit())


def _read_image(text: str) -> tuple[int, ...] | None:
    match = _NUMBER.fullmatch(text.partition("-")[0])
    return _to_numbers(match[1]) if match else None


@dataclass(frozen=True)
class _MinimumRule:
    """Where a manifest keeps a minimum: the end of its path, the pattern of the line, and how the value is read.

    Attributes:
        parts: numbers of the version that count; a patch of a compiler is found by every tool on its own.
    """

    file: re.Pattern[str]
    line: re.Pattern[str]
    key: str = ""
    parts: int = 4
    read: Callable[[str], tuple[int, ...] | None] = _read_specifier

    def is_raised(self, old: tuple[int, ...], new: tuple[int, ...]) -> bool:
        """Return whether a version is higher than another in the parts that count."""
        length = min(self.parts, max(len(new), len(old)))
        if self.read is _read_image:
            # `python:3` is the newest 3: it is not below `python:3.13`.
            length = min(length, len(new), len(old))
        return (*new, 0, 0, 0, 0)[:length] > (*old, 0, 0, 0, 0)[:length]


_RUNTIME_IMAGE = r"(?:python|node|ruby|php|openjdk|eclipse-temurin|debian|ubuntu|alpine|postgres|mysql)"


def _make_rule(file: str, line: str, key: str = "", **values: object) -> _MinimumRule:
    return _MinimumRule(re.compile(rf"(?i)(?:^|/){file}$"), re.compile(line), key, **values)  # type: ignore[arg-type]


_MINIMUM_RULES: Sequence[_MinimumRule] = (
    _make_rule(
        r"pyproject\.toml", r"\s*requires-python\s*=\s*[\"'](?P<value>[^\"']+)[\"']\s*(?:#.*)?", "requires-python"
    ),
    _make_rule(r"pyproject\.toml", r"\s*python\s*=\s*[\"'](?P<value>[\^~>][^\"']+)[\"']\s*(?:#.*)?", "python"),
    _make_rule(
        r"setup\.(?:py|cfg)", r"\s*python_requires\s*=\s*[\"']?(?P<value>[^\"'#]+?)[\"']?,?\s*", "python_requires"
    ),
    _make_rule(r"cargo\.toml", r"\s*rust-version\s*=\s*\"(?P<value>[^\"]+)\"\s*(?:#.*)?", "rust-version"),
    _make_rule(r"package\.json", r"\s*\"(?P<key>node|vscode)\"\s*:\s*\"(?P<value>[^\"]*[>^|x*][^\"]*)\"\s*,?\s*"),
    _make_rule(r"package\.json", r"\s*\"(?P<key>npm|pnpm|yarn)\"\s*:\s*\"(?P<value>>=[^\"]+)\"\s*,?\s*"),
    _make_rule(
        r"package\.json", r"\s*\"engines\"\s*:\s*\{\s*\"(?P<key>node)\"\s*:\s*\"(?P<value>[^\"]+)\"\s*\}\s*,?\s*"
    ),
    _make_rule(r"go\.mod", r"(?P<key>go)\s+(?P<value>\d[\d.]*)\s*", parts=2),
    _make_rule(r"[^/]*\.gemspec", r"\s*\w+\.required_ruby_version\s*=\s*[\"'](?P<value>[^\"']+)[\"']\s*",
               "required_ruby_version"),
    _make_rule(r"mix\.exs", r"\s*(?P<key>elixir):\s*\"(?P<value>[^\"]+)\"\s*,?\s*"),
    _make_rule(r"package\.swift", r"//\s*(?P<key>swift-tools-version)\s*:\s*(?P<value>\d[\d.]*)\s*"),
    _make_rule(r"pubspec\.yaml", r"\s+(?P<key>sdk|flutter):\s*[\"']?(?P<value>[>^]=?\s*\d[^\"'#]*?)[\"']?\s*(?:#.*)?"),
    _make_rule(r"pom\.xml", r"\s*<(?P<key>maven\.compiler\.release|java\.version)>(?P<value>\d[\d.]*)</[\w.]+>\s*"),
    _make_rule(r"composer\.json", r"\s*\"(?P<key>php)\"\s*:\s*\"(?P<value>[^\"]+)\"\s*,?\s*"),
    _make_rule(r"cmakelists\.txt", r"(?i:cmake_minimum_required)\s*\(\s*VERSION\s+(?P<value>[\d.]+)[^)]*\)\s*",
               "cmake_minimum_required"),
    _MinimumRule(
        re.compile(r"(?i)(?:^|^docker/)dockerfile$"),
        re.compile(rf"(?P<key>FROM\s+{_RUNTIME_IMAGE}):(?P<value>[\d.]+(?:-[\w.-]+)?)\s*"),
        parts=2, read=_read_image,
    ),
)  # fmt: skip


def find_raised_minimum(path: str, old_line: str, new_line: str) -> RaisedMinimum | None:
    """Return the minimum version that a pair of lines of a manifest raises; None if it raises none, or not for sure."""
    if not is_minimum_file(path):
        return None
    for rule in _MINIMUM_RULES:
        old, new = rule.line.fullmatch(old_line.rstrip()), rule.line.fullmatch(new_line.rstrip())
        if not (rule.file.search(path) and old and new):
            continue
        keys = {rule.key or " ".join(match["key"].split()) for match in (old, new)}
        versions = [rule.read(match["value"].strip()) for match in (old, new)]
        if len(keys) == 1 and versions[0] and versions[1] and rule.is_raised(versions[0], versions[1]):
            return RaisedMinimum(keys.pop(), old["value"].strip(), new["value"].strip())
    return None


def is_higher_minimum(path: str, old: RaisedMinimum, new: RaisedMinimum) -> bool:
    """Return whether the new value of one raise is above the old value of an earlier raise of the same key."""
    rule = next((rule for rule in _MINIMUM_RULES if rule.file.search(path) and old.key == new.key), None)
    first, last = (rule.read(old.old), rule.read(new.new)) if rule else (None, None)
    return bool(rule and first and last and rule.is_raised(first, last))


def is_minimum_file(path: str) -> bool:
    """Return whether a path is a manifest whose minimum versions hold for users: no test, example or document."""
    is_manifest = any(rule.file.search(path) for rule in _MINIMUM_RULES)
    if not is_manifest or path.count("/") > MAX_MANIFEST_DEPTH or _EXAMPLE_FOLDER.search(path):
        return False
    is_cmake = path.lower().endswith("cmakelists.txt")
    is_other = is_test_path(path) or is_noise_path(path) or is_ci_path(path) or (is_docs_path(path) and not is_cmake)
    return not is_other


def find_minimum_key(path: str, line: str) -> str | None:
    """Return the key of the minimum version that a line of a manifest holds."""
    for rule in _MINIMUM_RULES:
        if rule.file.search(path) and (match := rule.line.fullmatch(line.rstrip())):
            return rule.key or " ".join(match["key"].split())
    return None
