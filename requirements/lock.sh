#!/bin/sh
# Resolves pyproject.toml into requirements/*.txt; run as `make lock`.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-uv}
compile() { "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "$@"; }
compile pyproject.toml --group build --output-file requirements/run.txt
compile pyproject.toml --group dev --output-file requirements/dev.txt
compile --group pyproject.toml:slither --output-file requirements/slither.txt
compile --group pyproject.toml:peers --output-file requirements/peers.txt
