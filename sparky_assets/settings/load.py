"""Load the settings: one TOML file, overridden by SPARKY_* environment variables, then by the command line.

An error names the source, the key and the value, and never repeats a secret. The settings themselves are defined in
`schema.py`, `services.py` and `publishing.py`.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from sparky_assets.destinations.registry import DESTINATION_TYPES, get_kind
from sparky_assets.settings.schema import Settings

ENV_PREFIX = "SPARKY_"
"""Prefix of every environment variable that is a setting."""

PATH_KEYS = {"home", "templates", "repositories", "root", "repository", "path"}
"""Keys whose values are paths, besides those that end in `_file`."""

SELECTOR_VARIABLES = {"SPARKY_ENV", "SPARKY_CONFIG"}
"""Variables that select the settings file. They are not settings themselves."""

OWN_SETTINGS_FILE = "sparky.toml"
"""The settings file in the working directory, as `sparky init` writes it."""

TESTS_PREFIX = "SPARKY_TESTS_"
"""Prefix of variables that configure the test suite. They are not settings."""

_SHIPPED_FOLDER = Path(__file__).parents[1] / "_shipped"


class ConfigurationError(Exception):
    """The settings cannot be used. The message has one line per error: source, key, value, what is expected."""


def find_shipped_folder(folder: str) -> Path:
    """Return a folder that Sparky ships (`templates`, `config`), in an installed wheel or in a checkout."""
    return _SHIPPED_FOLDER / folder if _SHIPPED_FOLDER.exists() else Path(__file__).parents[2] / folder


def find_settings_file(explicit: str | Path | None = None) -> Path:
    """Return the settings file: `explicit`, SPARKY_CONFIG, sparky.toml, or config/<SPARKY_ENV>.toml.

    `sparky init` writes sparky.toml into the working directory; SPARKY_ENV wins over it. The last is looked up in the
    working directory, then among the shipped files.

    Raises:
        ConfigurationError: if the file does not exist.
    """
    if file := explicit or os.environ.get("SPARKY_CONFIG"):
        path = Path(file).expanduser()
        if not path.is_file():
            raise ConfigurationError(f"{path}: no such settings file. Name one with --config or SPARKY_CONFIG.")
        return path
    if "SPARKY_ENV" not in os.environ and (path := Path(OWN_SETTINGS_FILE)).is_file():
        return path
    name = os.environ.get("SPARKY_ENV", "development")
    for folder in (Path("config"), find_shipped_folder("config")):
        if (path := folder / f"{name}.toml").is_file():
            return path
    raise ConfigurationError(
        f"SPARKY_ENV={name}: there is no config/{name}.toml. Use development or production, or add that file."
    )


def load_settings(file: str | Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Return all settings, validated.

    Args:
        file: the settings file; None selects it by `find_settings_file`.
        overrides: values of the command line, nested as in the file. They override every other source.

    Raises:
        ConfigurationError: with one line per error.
    """
    path, is_named = find_settings_file(file), bool(file or os.environ.get("SPARKY_CONFIG"))
    values = resolve_file_paths(_read_toml(path), find_base_folder(path, is_named=is_named))
    _reject_secrets_in_file(path, values)
    _reject_unknown_variables()

    class Loaded(Settings, BaseSettings):
        model_config = SettingsConfigDict(
            env_prefix=ENV_PREFIX,
            env_nested_delimiter="__",
            env_ignore_empty=True,  # ${SALT:-} of a compose file means no salt, not an empty salt
            extra="forbid",
            frozen=True,
        )

        @classmethod
        def settings_customise_sources(  # type: ignore[override]  # the unused sources are **_
            cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, **_: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, EnvSettingsSource(settings_cls), InitSettingsSource(settings_cls, values)

    try:
        return _load_secret_files(Loaded(**(overrides or {})))
    except SettingsError as error:
        raise ConfigurationError(format_variable_error(error)) from error
    except ValidationError as error:
        raise ConfigurationError(
            "\n".join(format_validation_error(path, overrides or {}, detail) for detail in error.errors())
        ) from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # The shipped files contain every table, so a block pasted at their end declares its table a second time.
        hint = " Change the lines of the existing table." if "twice" in str(error) else ""
        raise ConfigurationError(f"{path}: not valid TOML: {error}.{hint}") from error
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}.") from error


def find_base_folder(path: Path, *, is_named: bool) -> Path:
    """Return the folder that relative paths of a settings file begin at: its own, or the parent of `config/`.

    Args:
        path: the settings file.
        is_named: whether `--config` or SPARKY_CONFIG names it. A shipped file that was not named is used from anywhere,
            so its paths begin at the working directory.
    """
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - resolve() follows the links of a ConfigMap
    if folder == find_shipped_folder("config") and (_SHIPPED_FOLDER.exists() or not is_named):
        return Path.cwd()
    return folder.parent if folder.name == "config" else folder


def resolve_file_paths(values: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """Return the values of a settings file with their relative paths below `base`.

    Nothing changes when `base` is the working directory, so that messages show the paths as they were written.
    """
    if base.resolve() == Path.cwd():
        return dict(values)
    resolved = {"home": ".sparky", **values}
    return {name: _resolve_value(name, value, base) for name, value in resolved.items()}


def _resolve_value(name: str, value: Any, base: Path) -> Any:
    if isinstance(value, dict):
        return {inner: _resolve_value(inner, item, base) for inner, item in value.items()}
    if isinstance(value, list):
        return [_resolve_value(name, item, base) for item in value]
    is_path = name in PATH_KEYS or name.endswith("_file")
    if not is_path or not isinstance(value, str) or not value or "://" in value or value.startswith("~"):
        return value
    # git@host:path and ext::… are no paths; the checks of the settings say what they think of them.
    return value if ":" in value.partition("/")[0] else str(base / value)


def _reject_unknown_variables() -> None:
    sections = {
        format_variable_name([name]) for name, field in Settings.model_fields.items() if is_section(field.annotation)
    }
    settings = {format_variable_name([name]) for name in Settings.model_fields} | SELECTOR_VARIABLES
    for variable in sorted(os.environ):
        if not variable.startswith(ENV_PREFIX) or variable.startswith(TESTS_PREFIX):
            continue
        if variable not in settings and variable.split("__")[0] not in sections:
            every_variable = settings | {format_variable_name(key.split(".")) for key in list_setting_keys(Settings)}
            raise ConfigurationError(
                f"environment: unknown variable {variable}.{suggest_name(variable, every_variable, settings)}"
            )


def _reject_secrets_in_file(path: Path, values: Mapping[str, Any]) -> None:
    for key in list_secret_keys(Settings):
        *sections, name = key.split(".")
        table: Any = values
        for section in sections:
            table = table.get(section) if isinstance(table, dict) else None
        if isinstance(table, dict) and name in table:
            raise ConfigurationError(
                f"{path}: {key} is a secret and must not be in a settings file. "
                f"Use {format_variable_name(key.split('.'))}, or {key}_file with the path of a file that holds it."
            )
    publish = values.get("publish")
    destinations = publish.get("destinations") if isinstance(publish, dict) else None
    for number, destination in enumerate(destinations if isinstance(destinations, list) else []):
        for name in sorted(DESTINATION_SECRETS & set(destination if isinstance(destination, dict) else ())):
            raise ConfigurationError(
                f"{path}: publish.destinations.{number}.{name} is a secret and must not be in a settings file. "
                f"Use {name}_file with the path of a file that holds it."
            )


def _load_secret_files(settings: Settings) -> Settings:
    for section, name, hint in (
        ("people", "salt", "Put a random text into it."),
        ("language_model", "api_key", "Put the server's key into it."),
        ("reader", "token", "Put a random text into it."),
        ("reader", "previous_token", "Put the token before the change into it."),
        ("alerts", "slack_webhook", "Put the webhook's address into it."),
        ("alerts", "smtp_password", "Put the mail server's password into it."),
        ("events", "webhook_secret", "Put a random text into it."),
    ):
        values = getattr(settings, section)
        if getattr(values, name) is None and (file := getattr(values, f"{name}_file")):
            secret = _read_secret(f"{section}.{name}_file", file, hint)
            settings = settings.model_copy(update={section: values.model_copy(update={name: secret})})
    destinations = tuple(_load_destination_secrets(destination) for destination in settings.publish.destinations)
    return settings.model_copy(update={"publish": settings.publish.model_copy(update={"destinations": destinations})})


def _load_destination_secrets(destination: Any) -> Any:
    # A destination that is off may name files that this machine does not have.
    for name in list_secret_keys(type(destination)) if destination.mode != "off" else []:
        if getattr(destination, name) is None and (file := getattr(destination, f"{name}_file")):
            secret = _read_secret(
                f"the {name}_file of the destination {destination.name}", file, "Put the secret into it."
            )
            destination = destination.model_copy(update={name: secret})
    return destination


def _read_secret(key: str, file: Path, hint: str) -> SecretStr:
    try:
        secret = SecretStr(file.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{key} = {file}: cannot be read: {error}.") from error
    if not secret.get_secret_value():
        raise ConfigurationError(f"{key} = {file}: is empty. {hint}")
    return secret


def list_secret_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Return the dotted names of all secrets in a section and in its subsections."""
    keys = []
    for name, field in model.model_fields.items():
        if SecretStr in (get_args(field.annotation) or (field.annotation,)):
            keys.append(prefix + name)
        elif is_section(field.annotation):
            keys += list_secret_keys(field.annotation, f"{prefix}{name}.")
    return keys


def list_setting_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Return the dotted names of all settings in a section and in its subsections."""
    keys = []
    for name, field in model.model_fields.items():
        is_inner = is_section(field.annotation)
        keys += list_setting_keys(field.annotation, f"{prefix}{name}.") if is_inner else [prefix + name]  # type: ignore[arg-type]
    return keys


def is_section(annotation: Any) -> TypeGuard[type[BaseModel]]:
    """Return whether the type of a field is a section of settings."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


DESTINATION_SECRETS = {name for kind in DESTINATION_TYPES for name in list_secret_keys(kind)}


def format_variable_name(location: Sequence[str | int]) -> str:
    """Return the environment variable of a setting."""
    return ENV_PREFIX + "__".join(str(part).upper() for part in location)


def format_validation_error(path: Path, overrides: Mapping[str, Any], error: Any) -> str:
    """Format an error of pydantic as one line: source, key, value, what is expected.

    Args:
        path: the settings file.
        overrides: values of the command line, nested as in the file.
        error: an item of `ValidationError.errors()`.
    """
    location = tuple(part for index, part in enumerate(error["loc"]) if not _is_kind_tag(error["loc"], index))
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
    """Return whether a part of a location is the kind that pydantic adds for a destination. It is not in the file."""
    return location[:2] == ("publish", "destinations") and index == 3


def _find_source(path: Path, overrides: Mapping[str, Any], location: Sequence[str | int]) -> str:
    """Return the source of a value. The source with the highest priority is checked first."""
    if _has_value(overrides, location):
        return "command line"
    prefix = format_variable_name(location) + "__"
    inner_variables = (name for name in sorted(os.environ) if name.startswith(prefix))
    names = (format_variable_name(location[:end]) for end in range(len(location), 0, -1))
    outer_variables = (name for name in names if name in os.environ)
    variable = next(inner_variables, None) or next(outer_variables, None)
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
    """Format a value for a message, without secrets and without the credentials of a URL."""
    if any(f"{secret}.".startswith(f"{key}.") or key.startswith(f"{secret}.") for secret in list_secret_keys(Settings)):
        return ""
    if key.startswith("publish.destinations.") and key.rpartition(".")[2] in DESTINATION_SECRETS:
        return ""
    return " = " + re.sub(r"(?<=://)[^/\s]*@", "***@", repr(_mask_secrets(value)))


def _mask_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "***" if name in DESTINATION_SECRETS else _mask_secrets(item) for name, item in value.items()}
    return [_mask_secrets(item) for item in value] if isinstance(value, list) else value


def _list_sibling_keys(location: Sequence[str | int]) -> set[str]:
    model: Any = Settings
    for part in location[:-1]:
        if isinstance(part, int) or model is None:
            continue
        if model is Settings and location[:2] == ("publish", "destinations"):
            return set(next(kind for kind in DESTINATION_TYPES if get_kind(kind) == location[3]).model_fields)
        annotation = model.model_fields[part].annotation
        model = next((kind for kind in (annotation, *get_args(annotation)) if hasattr(kind, "model_fields")), None)
    return set(model.model_fields) if model else set()


def suggest_name(name: str, candidates: set[str], listed: set[str] | None = None) -> str:
    """Return a hint: the most similar candidate, or the names of `listed` (all candidates) if none is similar.

    A variable with one underscore instead of two differs from its candidate in nothing else.
    """
    same = [candidate for candidate in sorted(candidates) if candidate.replace("__", "_") == name.replace("__", "_")]
    close = same or difflib.get_close_matches(name, candidates, n=1)
    return f" Did you mean {close[0]}?" if close else f" Known here: {', '.join(sorted(listed or candidates))}."


def format_variable_error(error: SettingsError) -> str:
    """Format the error of a variable that is not valid JSON. Its value may be a secret and is not repeated."""
    invalid_json = getattr(error.__cause__, "doc", None)
    names = [name for name in sorted(os.environ) if name.startswith(ENV_PREFIX) and os.environ[name] == invalid_json]
    return f'environment: {", ".join(names)}: not valid JSON. Lists are written as JSON: \'["a", "b"]\'.'
