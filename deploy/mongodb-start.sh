#!/usr/bin/env bash
# mongod takes the key of its replica set only from a file that nobody else can read.
set -euo pipefail

printf '%s' "$MONGO_KEY" > /tmp/key
chmod 400 /tmp/key
chown mongodb:mongodb /tmp/key
exec docker-entrypoint.sh "$@"
