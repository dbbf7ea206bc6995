# The locked dependencies are built in one stage and copied to the other, which has neither pip's cache nor our tests.
FROM python:3.13-slim AS built
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/mlbug
COPY requirements.txt requirements-build.txt /src/
RUN /opt/mlbug/bin/pip install --require-hashes --only-binary :all: -r /src/requirements.txt -r /src/requirements-build.txt
COPY pyproject.toml README.md LICENSE /src/
COPY triage /src/triage
COPY db /src/db
COPY migrations /src/migrations
COPY bot /src/bot
RUN /opt/mlbug/bin/pip install --no-deps --no-build-isolation /src && /opt/mlbug/bin/pip uninstall --yes setuptools

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home --home-dir /data --shell /usr/sbin/nologin mlbug
COPY --from=built /opt/mlbug /opt/mlbug
ENV PATH=/opt/mlbug/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite:////data/mlbug.db MLBUG_LOG=json
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 3000
# Every kind of process can be asked this: is the database there, at this release's revision, and is Slack reached?
# `mlbug serve` behind a load balancer is better asked for /readyz.
HEALTHCHECK --interval=60s --timeout=20s --start-period=30s --retries=3 CMD ["mlbug", "healthy"]
ENTRYPOINT ["mlbug"]
CMD ["run"]
