"""`sparky model-check`: the agreement of the configured model with a labelled set, beside that of the rules."""

import click

from sparky_assets.cli.console import echo
from sparky_assets.cli.run import load_command_settings


@click.command("model-check", short_help="Measure the configured language model on a labelled set.")
@click.option("--model", "model_name", default="", help="Model to measure instead of the configured one.")
@click.pass_obj
def model_check(config_file: str | None, model_name: str) -> None:
    """Ask the model of the settings a labelled set and print how often it chooses as a human editor did.

    A model that agrees less often than the rules gains nothing: the rules do as well without one.

    \b
    Examples:
      sparky model-check
      sparky model-check --model qwen3:8b
    """
    from resources.errors import ModelError
    from sparky_assets.definitions import build_resources
    from sparky_assets.insights.llm.evaluation import evaluate_model

    settings = load_command_settings(config_file)
    models = settings.language_model
    name = model_name or models.model
    model = build_resources(settings)["language_models"].connect(name)
    if model is None:
        raise click.ClickException("no language model is configured; set language_model.backend")
    try:
        info = model.identify(models.load_timeout_minutes * 60)
        model.warm_up(models.load_timeout_minutes * 60)
        scores = evaluate_model(model, models.call_timeout_seconds)
    except ModelError as error:
        raise click.ClickException(str(error)) from error
    finally:
        model.close()
    size = f", {info.billions:g} billion parameters" if info.billions else ""
    echo(f"{info.model} ({info.digest[:12] or 'no digest'}){size}, context {info.context_tokens:,} tokens")
    echo(f"{'task':<8}{'asked':>6}{'model':>8}{'rules':>8}{'refused':>9}{'failed':>8}{'seconds':>9}{'tokens':>8}")
    for task, score in scores.items():
        rules = "-" if score.rules is None else f"{score.rules / score.asked:.0%}"
        echo(
            f"{task:<8}{score.asked:>6}{score.model / score.asked:>8.0%}{rules:>8}{score.refused:>9}{score.failed:>8}"
            f"{score.seconds:>9.1f}{score.tokens:>8,}"
        )
    for reason in sorted({reason for score in scores.values() for reason in score.reasons}):
        echo(f"not used: {reason}")
    quote = scores["quote"]
    if quote.rules is not None and quote.model <= quote.rules:
        echo("The model agrees no more often than the rules: they do as well without it.")
