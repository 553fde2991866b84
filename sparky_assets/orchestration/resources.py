"""The resources of runs, built from the settings: the store, the clock, git, models, channels and the publisher.

Nothing here loads Dagster, so that commands build the resource they need and start fast. Each client is imported where
it is built: GitPython, polars and httpx take 0.1 to 0.2 s each.
"""

from typing import TYPE_CHECKING, Any

from sparky_assets.settings.schema import Settings

if TYPE_CHECKING:
    from resources.channels.alerts import AlertChannels
    from resources.git.local import Publisher
    from resources.git.sources import GitSources
    from resources.llm.base import LanguageModelFactory


def build_resources(settings: Settings) -> dict[str, Any]:
    """Return the resources by name, configured from the settings."""
    from resources.clock import Clock
    from resources.storage import Storage

    return {
        "storage": Storage(root=settings.store_root),
        "clock": Clock(),
        "git": build_git_sources(settings),
        "language_models": build_language_models(settings),
        "notifications": build_alert_channels(settings),
        "publisher": build_publisher(settings),
    }


def build_git_sources(settings: Settings) -> "GitSources":
    """Return the reader of the configured repositories."""
    from resources.git.sources import GitSources

    git = settings.sources.git
    return GitSources(
        repositories=list(git.repositories),
        mirrors=str(settings.home / "mirrors"),
        all_branches=git.all_branches,
        fetch=git.fetch,
        visibility=git.visibility,
        ca_file=str(git.ca_file or ""),
        release_tags=list(git.release_tags),
        ignored_tags=list(git.ignored_tags),
    )


def build_language_models(settings: Settings) -> "LanguageModelFactory":
    """Return the factory of language models; it builds none when the mode is `rules`."""
    from resources.llm.base import LanguageModelFactory

    models = settings.language_model
    return LanguageModelFactory(
        backend="none" if models.mode == "rules" else models.backend,
        url=models.url,
        context_tokens=models.context_tokens,
        keep_alive=models.keep_alive,
        pull_missing=models.pull_missing,
        allow_remote=models.allow_remote,
        api_key=models.api_key,
        model_path=models.model_path,
        parallel_calls=models.parallel_calls,
        model_billions=models.model_billions,
    )


def build_alert_channels(settings: Settings) -> "AlertChannels":
    """Return the channels of alerts and the heartbeat."""
    from resources.channels.alerts import AlertChannels
    from resources.channels.smtp import SmtpClient

    alerts = settings.alerts
    return AlertChannels(
        slack_webhook_url=alerts.slack_webhook,
        mail_to=alerts.email_to,
        mail_from=alerts.email_from,
        smtp_client=SmtpClient(
            alerts.smtp_host, alerts.smtp_port, alerts.smtp_security, alerts.smtp_user, alerts.smtp_password
        ),
        heartbeat_file=alerts.heartbeat_file,
        heartbeat_url=alerts.heartbeat_url,
    )


def build_publisher(settings: Settings, *, dry_run: bool = False) -> "Publisher":
    """Return the publisher, which commits and pushes."""
    from resources.git.local import Publisher

    return Publisher(
        author_name=settings.publish.author_name,
        author_email=settings.publish.author_email,
        signing=settings.publish.signing,
        signing_key=settings.publish.signing_key,
        clones=str(settings.home / "clones"),
        dry_run=dry_run,
    )
