#!/usr/bin/env bash
# Runs once, when the PostgreSQL container makes its data directory: the owner of the tables and the application's role.
set -euo pipefail

psql --set=ON_ERROR_STOP=1 --username=postgres \
    --set=owner="$DATABASE_OWNER_PASSWORD" --set=app="$DATABASE_APP_PASSWORD" <<'SQL'
CREATE ROLE learnflow_owner LOGIN PASSWORD :'owner';
CREATE ROLE learnflow_app LOGIN PASSWORD :'app';
CREATE DATABASE learnflow OWNER learnflow_owner;
SQL
