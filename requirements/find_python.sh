#!/bin/sh
# Print the first Python that there is a lock file for, 3.11 before others. A
# command of that name is not enough: version managers leave one that starts
# nothing.
for version in 3.11 3.12 3.10; do
  for python in python$version python3 python \
      "$HOME"/.pyenv/versions/$version.*/bin/python; do
    if "$python" -c "import sys, venv, ensurepip
sys.exit('%d.%d' % sys.version_info[:2] != '$version')" >/dev/null 2>&1; then
      command -v "$python"
      exit 0
    fi
  done
done
exit 1
