#!/bin/sh
# Creates the environment $VENV: by uv where it is installed, else by venv and pip.
set -eu

say() { printf '%s\n' "$*" >&2; }

if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "Cambrian needs Python 3.11 or newer; '$PYTHON' is $("$PYTHON" --version 2>&1 || echo missing)."
    say "Name another with: make PYTHON=python3.12 ..."
    exit 1
fi

if command -v uv >/dev/null 2>&1; then
    say "Setting up $VENV with uv ..."
    UV_PROJECT_ENVIRONMENT="$VENV" exec uv sync --quiet --locked --compile-bytecode --python "$PYTHON"
fi

say "Setting up $VENV with pip (a minute or two) ..."
if ! "$PYTHON" -m venv "$VENV"; then
    say "Python cannot make an environment. On Debian and Ubuntu: apt install python3-venv"
    exit 1
fi
# uv, brought by pip, installs exactly what uv.lock names; where it has no build, pip takes what pyproject.toml allows.
if "$VENV/bin/pip" install --quiet --disable-pip-version-check uv; then
    UV_PROJECT_ENVIRONMENT="$VENV" exec "$VENV/bin/uv" sync --quiet --locked --inexact --compile-bytecode --python "$VENV/bin/python"
fi
"$VENV/bin/pip" install --quiet --disable-pip-version-check --upgrade pip
exec "$VENV/bin/pip" install --quiet --editable . --group dev
