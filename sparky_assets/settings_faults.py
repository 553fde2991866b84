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

from sparky_assets.settings.destinations import DESTINATION_TYPES
from sparky_assets.settings.schema import Settings

ENV_PREFIX = "SPARKY_"
"""What each variable of the environment begins with."""


def list_secret_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """The settings of a section that are secrets, by their dotted names."""
    found = []
    for name, field in model.model_fields.items():
        kinds = get_args(field.annotation) or (field.annotation,)
        if SecretStr in kinds:
            found.append(prefix + name)
        elif is_section(field.annotation):
            found += list_secret_keys(field.annotation, f"{prefix}{name}.")
    return found


def is_section(annotation: Any) -> TypeGuard[type[BaseModel]]:
    """Whether a field holds settings of its own."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


DESTINATION_SECRETS = {name for kind in DESTINATION_TYPES for name in list_secret_keys(kind)}


def format_variable_name(location: Sequence[str | int]) -> str:
    """The environment's name of a setting."""
    return ENV_PREFIX + "__".join(str(part).upper() for part in location)


def format_validation_error(path: Path, overrides: Mapping[str, Any], error: Any) -> str:
    """One fault that pydantic found, as a line: where it was given, key, value, what would be right."""
    location = tuple(part for place, part in enumerate(error["loc"]) if not _is_kind_tag(error["loc"], place))
    if error["type"] == "union_tag_invalid":
        error = {**error, "input": error["ctx"]["tag"], "msg": f"must be one of {error['ctx']['expected_tags']}"}
        location = (*location, "kind")
    key = ".".join(str(part) for part in location)
    source = _find_source(path, overrides, location)
    if error["type"] == "extra_forbidden":
        return f"{source}: unknown key {key}.{suggest_name(str(location[-1]), _list_sibling_keys(error['loc']))}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{source}: {key}{_format_value(key, error['input'])}: {message}."


def _is_kind_tag(location: Sequence[str | int], index: int) -> bool:
    """Whether a part of a location is the kind of a destination, by which pydantic chose; people did not write it."""
    return location[:2] == ("publish", "destinations") and index == 3


def format_variable_error(error: SettingsError) -> str:
    """Which variable is no JSON; what it holds may be a secret and is not said."""
    unread = getattr(error.__cause__, "doc", None)  # the text that json could not read, which may be a secret
    names = [name for name in sorted(os.environ) if name.startswith(ENV_PREFIX) and os.environ[name] == unread]
    return f'environment: {", ".join(names)}: not valid JSON. Lists are written as JSON: \'["a", "b"]\'.'


def _find_source(path: Path, overrides: Mapping[str, Any], location: Sequence[str | int]) -> str:
    """Where a value was given. What wins is asked first."""
    if _has_value(overrides, location):
        return "command line"
    parts = (name for name in sorted(os.environ) if name.startswith(format_variable_name(location) + "__"))
    wholes = (
        name for end in range(len(location), 0, -1) if (name := format_variable_name(location[:end])) in os.environ
    )
    variable = next(parts, None) or next(wholes, None)
    return f"environment: {variable}" if variable else str(path)


def _has_value(values: Any, location: Sequence[str | int]) -> bool:
    for part in location:
        if not isinstance(values, Mapping):
            return True
        if part not in values:
            return False
        values = values[part]
    return True


def _format_value(key: str, value: Any) -> str:
    """The value as a message may repeat it: no secret, and no password of a URL."""
    if any(f"{secret}.".startswith(f"{key}.") or key.startswith(f"{secret}.") for secret in list_secret_keys(Settings)):
        return ""
    if key.startswith("publish.destinations.") and key.rpartition(".")[2] in DESTINATION_SECRETS:
        return ""
    return " = " + re.sub(r"(?<=://)[^/\s]*@", "***@", repr(_mask_secrets(value)))


def _mask_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "***" if name in DESTINATION_SECRETS else _mask_secrets(one) for name, one in value.items()}
    return [_mask_secrets(one) for one in value] if isinstance(value, list) else value


def _list_sibling_keys(location: Sequence[str | int]) -> set[str]:
    model: Any = Settings
    for part in location[:-1]:
        if isinstance(part, int) or model is None:
            continue
        if model is Settings and location[:2] == ("publish", "destinations"):
            return set(next(kind for kind in DESTINATION_TYPES if _get_kind(kind) == location[3]).model_fields)
        annotation = model.model_fields[part].annotation
        model = next((kind for kind in (annotation, *get_args(annotation)) if hasattr(kind, "model_fields")), None)
    return set(model.model_fields) if model else set()


def _get_kind(destination: type[BaseModel]) -> str:
    return str(get_args(destination.model_fields["kind"].annotation)[0])


def suggest_name(name: str, candidates: set[str]) -> str:
    """The nearest of what is known, or all of it."""
    close = difflib.get_close_matches(name, candidates, n=1)
    return f" Did you mean {close[0]}?" if close else f" Known here: {', '.join(sorted(candidates))}."
