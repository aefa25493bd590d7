#!/bin/sh
# A database password for PostgreSQL itself and for each agency named, in FOLDER/<name>/password.
# Running it again keeps what is there.
#   passwords.sh FOLDER AGENCY...
set -eu
umask 077

folder=$1
shift
for name in postgres "$@"; do
  mkdir -p "$folder/$name"
  if [ ! -s "$folder/$name/password" ]; then
    head -c 32 /dev/urandom | base64 | tr -d '=\n' >"$folder/$name/partial"
    mv "$folder/$name/partial" "$folder/$name/password"
  fi
done
