#!/bin/sh
# A database for each agency that has a password in FOLDER, owned by a role of the same name and closed to all others.
# Running it again adds what is new and renews the passwords. PGHOST and PGUSER name the server and its administrator.
#   databases.sh FOLDER
set -eu

folder=$1
PGPASSWORD=$(cat "$folder/postgres/password")
export PGPASSWORD

tries=60  # started again with the server, this may be there first
until pg_isready --quiet; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || { echo "databases.sh: the server at $PGHOST does not answer" >&2; exit 1; }
  sleep 1
done

for password in "$folder"/*/password; do
  agency=$(basename "$(dirname "$password")")
  [ "$agency" != postgres ] || continue
  export agency password
  psql --no-psqlrc --quiet --dbname postgres --set ON_ERROR_STOP=1 <<'SQL'
\getenv agency agency
\set password `cat "$password"`
SELECT format('CREATE ROLE %I LOGIN', :'agency') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'agency') \gexec
ALTER ROLE :"agency" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'agency', :'agency')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'agency') \gexec
REVOKE ALL ON DATABASE :"agency" FROM PUBLIC;
SQL
done
