# Recipes for people. `uv run just` works where no just is installed; `uv run just --list` shows them all.

set positional-arguments

sparky := "uv run sparky"
dev := "uv run --group dev"

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

# Digests, statistics and the pipeline's state in a browser
serve *options:
    {{sparky}} serve {{options}}

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

# Run the tests: all of them with the slow ones, those of a stage (`just test raw`), or what pytest is given
test *options:
    #!/usr/bin/env bash
    set -euo pipefail
    if [ $# = 0 ]; then SPARKY_TESTS_SLOW=1 exec {{dev}} pytest -n auto; fi
    if [ $# = 1 ] && [ -d "tests/$1" ]; then exec {{dev}} pytest -n auto -m "not slow" "tests/$1"; fi
    exec {{dev}} pytest "$@"

# The test files of a module, the closest first
tests-of module:
    @{{dev}} python -m tools.tests_of {{module}}

# Figures of the code base with their targets, and what breaks a rule
house:
    {{dev}} python -m tools.house

# The whole suite with branches, then lines and branches of each package (docs/quality.md)
coverage *options:
    SPARKY_TESTS_SLOW=1 {{dev}} pytest -n auto --cov --cov-report=json:.coverage.json --cov-report= "$@"
    {{dev}} python -m tools.coverage_by_package .coverage.json

# Linters and types
lint:
    {{dev}} ruff format --check .
    {{dev}} ruff check .
    {{dev}} mypy

fmt:
    {{dev}} ruff format .
    {{dev}} ruff check --fix .

# Known vulnerabilities of everything that users install, by name, version and hash
audit:
    uv run --no-project --with "pip-audit>=2.9,<3" pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock

# Regenerate what is generated in docs/, then build the site into site/; a warning is an error
docs:
    {{sparky}} config reference > docs/configuration.md
    {{dev}} python -m tools.metrics_reference
    {{dev}} python -m tools.asset_graph
    {{dev}} python -m tools.sequence_diagrams
    {{dev}} python -m tools.package_map
    {{dev}} python -m tools.grounding_example
    {{dev}} python -m tools.api_reference
    {{dev}} python -m tools.excerpt
    NO_MKDOCS_2_WARNING=1 {{dev}} mkdocs build --strict

# The pictures of README and docs: the paper of `sparky demo`, the reader and Dagster in Chromium; a minute or two
screenshots:
    {{dev}} python -m tools.screenshots

# The documentation with search, at http://127.0.0.1:8000
docs-serve:
    NO_MKDOCS_2_WARNING=1 {{dev}} mkdocs serve

# Each performance claim as a ratio measured now
bench:
    {{dev}} python -m benchmarks.git_log
    {{dev}} python -m benchmarks.daily_run
    {{dev}} python -m benchmarks.backfill
    {{dev}} python -m benchmarks.insights
    {{dev}} python -m benchmarks.metrics
    {{dev}} python -m benchmarks.orchestration
    {{dev}} python -m benchmarks.reader

# A whole organisation of 3,000 repositories for 31 days: twenty minutes
bench-whole *options:
    {{dev}} python -m benchmarks.whole_organisation "$@"

# Change the code that carries promises bit by bit, and see whether a test notices: docs/testing.md. `just mutants leaks find`
mutants *words:
    uv run --with "mutmut>=3.8,<4" python -m tools.mutants "$@"

# Pin every version: in pyproject.toml without addresses, and hashed for images
lock:
    uv run --no-sync python tools/lock.py

# Build the image as sparky:TAG with Docker
image tag="0-local":
    docker build --tag sparky:{{tag}} .

# Build it where no image registry is reached: root, debootstrap and buildah (tools/image_from_debian.sh)
image-from-debian tag="sparky:0-local":
    tools/image_from_debian.sh {{tag}}

# Everything on this machine: docs/deployment.md
compose-up *options:
    docker compose up --detach --wait {{options}}

compose-down:
    docker compose down

# Copy the files that local runs use to where kustomize may read them
k8s-config:
    {{dev}} python -m tools.cluster_config

# Write dashboards and the operator's rules from their descriptions
dashboards:
    {{dev}} python -m tools.dashboards

# Make the Secrets that are missing, with random values; GITHUB_TOKEN is taken from the environment
k8s-secrets:
    k8s/bin/secrets.sh

# Which images an overlay needs, for a mirror or a look at their digests
k8s-images overlay="dgx":
    kubectl kustomize k8s/overlays/{{overlay}} | sed -n 's/^ *image: //p' | sort -u

# A cluster in Docker on this machine
k3d-create:
    k3d cluster create --config k8s/overlays/k3d/cluster.yaml

k3d-destroy:
    k3d cluster delete sparky

# Build the image, bring it into the cluster, apply the overlay, wait
deploy-local: image
    k3d image import sparky:0-local --cluster sparky
    k8s/bin/deploy.sh k3d

# Remove everything but the cluster; the volumes go too
undeploy-local:
    kubectl delete --kustomize k8s/overlays/k3d --ignore-not-found

k3d-status:
    k3d cluster list sparky
    kubectl --namespace=sparky get pods,jobs,pvc,ingress
    -kubectl --namespace=sparky exec deployment/code-server -- sparky status

# k3s, and cert-manager, on a DGX by ssh: just k3s-install-dgx USER@HOST
k3s-install-dgx host:
    k8s/bin/k3s-install-dgx.sh {{host}}

deploy-production:
    k8s/bin/deploy.sh dgx

production-status:
    kubectl --namespace=sparky get pods,jobs,cronjobs,pvc,ingress,certificates
    kubectl --namespace=sparky get events --field-selector=type=Warning
    -kubectl --namespace=sparky exec deployment/code-server -- sparky status

# Does the node offer a GPU, does Ollama see it, how much of the model is on it
check-gpu:
    k8s/bin/check-gpu.sh

# A backup now, besides the nightly one
backup-now:
    kubectl --namespace=sparky create job backup-now-"$(date +%s)" --from=cronjob/backup

# Copy a backup out of the cluster: just fetch-backup ~/backups (the newest), or with its name
fetch-backup to name="":
    k8s/bin/fetch-backup.sh {{to}} {{name}}

# Bring back a backup: just restore dgx (the newest), or just restore dgx 20251112T031700Z
restore overlay name="":
    k8s/bin/restore.sh {{overlay}} {{name}}

# Remove caches; the store and history in .sparky stay
clean:
    rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis htmlcov .coverage dist site mutants .tmp_dagster_home*
