# One image for the webserver, the daemon, the code server, the run workers and the reader. What runs is the command.
#
#   docker build --tag sparky:dev .
#   docker buildx build --platform linux/amd64,linux/arm64 --tag registry.example/sparky:0.1.0 --push .
#
# Another base needs Debian's apt and python3 3.11 or later with venv; both stages must share it, since the virtual
# environment points to its Python. Certificates and package mirrors of your own belong into that base.
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore \
    UV_NO_CACHE=1 UV_SYSTEM_CERTS=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /build
# uv and the build backend, by hash as all else. They stay in this stage.
COPY requirements-build.lock ./
RUN python3 -m venv tools && tools/bin/pip install --quiet --require-hashes -r requirements-build.lock
# The dependencies first: this layer is made again only when a version changes.
COPY requirements.lock ./
RUN tools/bin/uv venv --quiet --python "$(command -v python3)" /opt/sparky \
    && tools/bin/uv pip install --quiet --python /opt/sparky/bin/python --require-hashes --no-build \
       -r requirements.lock
COPY . .
RUN tools/bin/uv build --quiet --wheel --no-build-isolation --python tools/bin/python --out-dir dist \
    && tools/bin/uv pip install --quiet --python /opt/sparky/bin/python --no-deps dist/*.whl

FROM ${BASE_IMAGE}
# tini: as process 1 it hands SIGTERM on and buries the children that git leaves behind. Debian drops old versions
# of a package, so a pinned one would stop building; the base's release holds them still enough.
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends ca-certificates git tini \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/apt /var/log/dpkg.log \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/sparky --shell /usr/sbin/nologin sparky \
    && install -d -o sparky -g sparky /var/lib/sparky /opt/dagster
COPY --from=build /opt/sparky /opt/sparky
ENV PATH=/opt/sparky/bin:$PATH \
    HOME=/tmp TMPDIR=/tmp MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    SPARKY_ENV=production DAGSTER_HOME=/opt/dagster
# A number, since Kubernetes' runAsNonRoot cannot look a name up. Writes go to /var/lib/sparky, /opt/dagster and /tmp.
USER 10001:10001
WORKDIR /var/lib/sparky
VOLUME ["/var/lib/sparky"]
EXPOSE 8000
ENTRYPOINT ["tini", "--"]
CMD ["sparky", "serve", "--host", "0.0.0.0"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Sparky" \
      org.opencontainers.image.description="An engineering newspaper that an organisation runs on its own hardware" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
