"""The settings of publishing: the author of commits, and the destinations of `sparky_assets.destinations`."""

from string import Formatter
from typing import Literal

from pydantic import Field, field_validator, model_validator

from sparky_assets.destinations.pages import GitDestination
from sparky_assets.destinations.registry import AnyDestination
from sparky_assets.settings.fields import SettingsSection


class PublishingSettings(SettingsSection):
    """Destinations of digests, and the author of commits."""

    author_name: str = Field("Sparky", min_length=1, pattern=r"^[^<>\n\r]+$", description="Author of the commits.")
    author_email: str = Field(
        "sparky@localhost", pattern=r"^[^<>\s]+@[^<>\s]+$", description="E-mail address of the commits' author."
    )
    message: str = Field(
        "Publish the {kind} {product} of {label}",
        min_length=1,
        max_length=100,
        pattern=r"^[^\n\r]+$",
        description="Subject of a commit; {kind}, {noun}, {product}, {label} and {destination} are filled in.",
    )
    strict: bool = Field(
        False,
        description="Publish nothing of a period in which a sentence fails its check. Off: that sentence is left out.",
    )
    signing: Literal["none", "gpg", "ssh"] = Field("none", description="Sign commits: none, gpg or ssh.")
    signing_key: str = Field(
        "", pattern=r"^[^-\n\r][^\n\r]*$|^$", description="Id of the GPG key, or file of the SSH key, to sign with."
    )
    destinations: tuple[AnyDestination, ...] = Field(
        (GitDestination(name="embedded", mode="on", site=True),),
        description="Destinations, each a [[publish.destinations]] table.",
    )

    @field_validator("message")
    @classmethod
    def _check_message_fields(cls, text: str) -> str:
        allowed = {"kind", "noun", "product", "label", "destination"}
        try:
            invalid = [
                name
                for _, name, spec, conversion in Formatter().parse(text)
                if name is not None and (name not in allowed or spec or conversion)
            ]
        except ValueError:
            invalid = [text]
        if invalid:
            raise ValueError("may name only {kind}, {noun}, {product}, {label} and {destination}")
        return text

    @model_validator(mode="after")
    def _check_destination_names(self) -> "PublishingSettings":
        names = [destination.name for destination in self.destinations]
        if duplicates := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two destinations are called {duplicates[0]}; the ledger tells them apart by name")
        if self.signing == "ssh" and not self.signing_key:
            raise ValueError("signing with ssh needs `signing_key`, the file of the key")
        return self
