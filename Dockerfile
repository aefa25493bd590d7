# One image for every agency; the command says which one a container is.

FROM python:3.11.14-slim-trixie AS build
ENV UV_PROJECT_ENVIRONMENT=/opt/stafett UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /build
COPY tools/uv.txt tools/
RUN pip install --no-cache-dir --require-hashes -r tools/uv.txt
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --extra server --extra telemetry --no-install-project
COPY . .
RUN uv sync --frozen --no-dev --extra server --extra telemetry --no-editable

FROM python:3.11.14-slim-trixie
RUN groupadd --gid 10001 stafett \
    && useradd --uid 10001 --gid 10001 --no-create-home --no-log-init stafett \
    && install --directory --owner stafett --group stafett --mode 0700 /run/stafett
COPY --from=build /opt/stafett /opt/stafett
ENV PATH=/opt/stafett/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    STAFETT_HOST=0.0.0.0 \
    STAFETT_PORT=8080
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"STAFETT_PORT\"]}/health/ready', timeout=2)"]
ENTRYPOINT ["stafett"]
CMD ["serve", "police"]
