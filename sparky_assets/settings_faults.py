"""Which settings are secrets, and what is wrong with a setting: in words that repeat no secret.

Reading them is `settings_load.py`'s.
"""

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard, get_args

from pydantic import BaseModel, SecretStr
from pydantic_settings import SettingsError

from sparky_assets.settings import Settings
from sparky_assets.settings_publishing import DESTINATIONS

PREFIX = "SPARKY_"
"""What each variable of the environment begins with."""


def secret_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """The settings of a section that are secrets, by their dotted names."""
    found = []
    for name, field in model.model_fields.items():
        kinds = get_args(field.annotation) or (field.annotation,)
        if SecretStr in kinds:
            found.append(prefix + name)
        elif is_section(field.annotation):
            found += secret_keys(field.annotation, f"{prefix}{name}.")
    return found


def is_section(annotation: Any) -> TypeGuard[type[BaseModel]]:
    """Whether a field holds settings of its own."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


SECRETS_OF_DESTINATIONS = {name for kind in DESTINATIONS for name in secret_keys(kind)}


def variable_of(location: Sequence[str | int]) -> str:
    """The environment's name of a setting."""
    return PREFIX + "__".join(str(part).upper() for part in location)


def explain(path: Path, overrides: Mapping[str, Any], fault: Any) -> str:
    """One fault that pydantic found, as a line: where it was given, key, value, what would be right."""
    location = tuple(part for place, part in enumerate(fault["loc"]) if not _is_tag(fault["loc"], place))
    if fault["type"] == "union_tag_invalid":
        fault = {**fault, "input": fault["ctx"]["tag"], "msg": f"must be one of {fault['ctx']['expected_tags']}"}
        location = (*location, "kind")
    key = ".".join(str(part) for part in location)
    source = _source(path, overrides, location)
    if fault["type"] == "extra_forbidden":
        return f"{source}: unknown key {key}.{did_you_mean(str(location[-1]), _siblings(fault['loc']))}"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{source}: {key}{_shown(key, fault['input'])}: {message}."


def _is_tag(location: Sequence[str | int], place: int) -> bool:
    """Whether a part of a location is the kind of a destination, by which pydantic chose; people did not write it."""
    return location[:2] == ("publish", "destinations") and place == 3


def explain_variable(error: SettingsError) -> str:
    """Which variable is no JSON; what it holds may be a secret and is not said."""
    unread = getattr(error.__cause__, "doc", None)  # the text that json could not read, which may be a secret
    names = [name for name in sorted(os.environ) if name.startswith(PREFIX) and os.environ[name] == unread]
    return f'environment: {", ".join(names)}: not valid JSON. Lists are written as JSON: \'["a", "b"]\'.'


def _source(path: Path, overrides: Mapping[str, Any], location: Sequence[str | int]) -> str:
    """Where a value was given. What wins is asked first."""
    if _gives(overrides, location):
        return "command line"
    parts = (name for name in sorted(os.environ) if name.startswith(variable_of(location) + "__"))
    wholes = (name for end in range(len(location), 0, -1) if (name := variable_of(location[:end])) in os.environ)
    variable = next(parts, None) or next(wholes, None)
    return f"environment: {variable}" if variable else str(path)


def _gives(values: Any, location: Sequence[str | int]) -> bool:
    for part in location:
        if not isinstance(values, Mapping):
            return True
        if part not in values:
            return False
        values = values[part]
    return True


def _shown(key: str, value: Any) -> str:
    """The value as a message may repeat it: no secret, and no password of a URL."""
    if any(f"{secret}.".startswith(f"{key}.") or key.startswith(f"{secret}.") for secret in secret_keys(Settings)):
        return ""
    if key.startswith("publish.destinations.") and key.rpartition(".")[2] in SECRETS_OF_DESTINATIONS:
        return ""
    return " = " + re.sub(r"(?<=://)[^/\s]*@", "***@", repr(_masked(value)))


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "***" if name in SECRETS_OF_DESTINATIONS else _masked(one) for name, one in value.items()}
    return [_masked(one) for one in value] if isinstance(value, list) else value


def _siblings(location: Sequence[str | int]) -> set[str]:
    model: Any = Settings
    for part in location[:-1]:
        if isinstance(part, int) or model is None:
            continue
        if model is Settings and location[:2] == ("publish", "destinations"):
            return set(next(kind for kind in DESTINATIONS if _kind(kind) == location[3]).model_fields)
        annotation = model.model_fields[part].annotation
        model = next((kind for kind in (annotation, *get_args(annotation)) if hasattr(kind, "model_fields")), None)
    return set(model.model_fields) if model else set()


def _kind(destination: type[BaseModel]) -> str:
    return str(get_args(destination.model_fields["kind"].annotation)[0])


def did_you_mean(word: str, known: set[str]) -> str:
    """The nearest of what is known, or all of it."""
    close = difflib.get_close_matches(word, known, n=1)
    return f" Did you mean {close[0]}?" if close else f" Known here: {', '.join(sorted(known))}."
