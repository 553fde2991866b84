# Recipes for people. `uv run just` works where no just is installed; `uv run just --list` shows them all.

set positional-arguments

sparky := "uv run sparky"

# List the recipes
default:
    @just --list

# The last closed day, week and month of a repository (paths or URLs; none: this one)
demo *sources:
    {{sparky}} demo "$@"

# Collect the raw days of a period: just collect week 2025-W46
collect kind="day" period="":
    {{sparky}} run {{kind}} {{period}} --until collect

# Count and choose what to tell, after collecting
analyze kind="day" period="":
    {{sparky}} run {{kind}} {{period}} --until insights

# Write the Markdown, without publishing
generate kind="day" period="":
    {{sparky}} run {{kind}} {{period}} --until digest

# Publish the digest that is there
publish kind="day" period="":
    {{sparky}} publish {{kind}} {{period}}

# Show what publishing would change; touches nothing
publish-dry-run kind="day" period="":
    -{{sparky}} publish {{kind}} {{period}} --dry-run

publish-daily period="": (publish "day" period)
publish-weekly period="": (publish "week" period)
publish-monthly period="": (publish "month" period)

# The whole pipeline of a day (none: the last closed one)
pipeline-daily period="":
    {{sparky}} run day {{period}}

# The whole pipeline of a week
pipeline-weekly period="":
    {{sparky}} run week {{period}}

# The whole pipeline of a month
pipeline-monthly period="":
    {{sparky}} run month {{period}}

# Every day, week and month in a range: just backfill 2025-10-01..2025-11-15
backfill range *options:
    {{sparky}} backfill {{range}} {{options}}

# What is there, what is missing
status:
    -{{sparky}} status

# Try everything that a run needs
doctor:
    {{sparky}} doctor

# Dagster's interface on our history
ui *options:
    {{sparky}} ui {{options}}

# Everything as a service: schedules, sensors, runs, the interface
up *options:
    {{sparky}} up {{options}}

# The same, by Dagster's own command
dev:
    uv run dagster dev

config-show:
    {{sparky}} config show

config-validate:
    {{sparky}} config validate

# Run the tests
test *options:
    uv run pytest "$@"

# Linters and types
lint:
    uv run ruff format --check .
    uv run ruff check .
    uv run mypy

fmt:
    uv run ruff format .
    uv run ruff check --fix .

# Regenerate what is generated in docs/, then build the site into site/; a warning is an error
docs:
    {{sparky}} config reference > docs/configuration.md
    uv run python -m tools.metrics_reference
    uv run python -m tools.asset_graph
    uv run python -m tools.grounding_example
    NO_MKDOCS_2_WARNING=1 uv run mkdocs build --strict

# The documentation with search, at http://127.0.0.1:8000
docs-serve:
    NO_MKDOCS_2_WARNING=1 uv run mkdocs serve

# Each performance claim as a ratio measured now
bench:
    uv run python -m benchmarks.git_log
    uv run python -m benchmarks.daily_run
    uv run python -m benchmarks.backfill
    uv run python -m benchmarks.insights
    uv run python -m benchmarks.metrics

# A whole organisation of 3,000 repositories for 31 days: the best part of an hour
bench-whole *options:
    uv run python -m benchmarks.whole_organisation "$@"

# Change the code that carries promises bit by bit, and see whether a test notices: some hours; see docs/testing.md
mutants *options:
    uv run --with "mutmut>=3.8,<4" mutmut run "$@"

# Pin every version: in pyproject.toml without addresses, and hashed for images
lock:
    uv run --no-sync python tools/lock.py

# Remove caches; the store and history in .sparky stay
clean:
    rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis htmlcov .coverage dist site mutants .tmp_dagster_home*
