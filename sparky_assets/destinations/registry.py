"""The registry of kinds of destinations. Everything else (settings, manual, publishing, verifying) reads it."""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import Discriminator, Tag

from sparky_assets.destinations.base import BaseDestination
from sparky_assets.destinations.chat import DiscordDestination, SlackDestination
from sparky_assets.destinations.devto import DevtoDestination
from sparky_assets.destinations.mail import EmailDestination
from sparky_assets.destinations.networks import LinkedInDestination, XDestination
from sparky_assets.destinations.pages import FolderDestination, GitDestination, GitHubDestination
from sparky_assets.destinations.webhook import WebhookDestination

DESTINATION_TYPES: tuple[type[BaseDestination], ...] = (
    GitDestination,
    GitHubDestination,
    FolderDestination,
    DevtoDestination,
    SlackDestination,
    DiscordDestination,
    WebhookDestination,
    EmailDestination,
    XDestination,
    LinkedInDestination,
)
"""Every kind of destination, in the order of the manual."""


def get_kind(destination_type: type[BaseDestination]) -> str:
    """Return the value of `kind` of a kind of destination."""
    return str(get_args(destination_type.model_fields["kind"].annotation)[0])


def _read_kind(value: Any) -> Any:
    return value.get("kind", "git") if isinstance(value, dict) else getattr(value, "kind", None)


if TYPE_CHECKING:
    AnyDestination = BaseDestination
else:
    AnyDestination = Annotated[
        reduce(or_, (Annotated[each, Tag(get_kind(each))] for each in DESTINATION_TYPES)), Discriminator(_read_kind)
    ]
    """One of the kinds above, by its key `kind`; without one it is `git`."""
