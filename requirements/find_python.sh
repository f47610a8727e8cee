#!/bin/sh
# Print the first Python that the lock file was made for. A command of that
# name is not enough: version managers leave one that starts nothing.
for python in python3.11 python3 python "$HOME"/.pyenv/versions/3.11.*/bin/python; do
  if "$python" -c 'import sys, venv, ensurepip
sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; then
    command -v "$python"
    exit 0
  fi
done
exit 1
