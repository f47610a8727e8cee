# Two commands: `make demo` and `make test`. Both make .venv when it is missing.
PYTHON ?= $(shell sh requirements/find_python.sh)
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: demo test install clean

demo: $(VENV)/installed
	$(RUN) tools/demo.py

test: $(VENV)/installed
	$(RUN) -m pytest -n auto --maxprocesses 4 --dist loadfile

install: $(VENV)/installed

# The stamp is written last, so an interrupted install is done again.
$(VENV)/installed: requirements/lock.txt setup.py setup.cfg pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 was found, which requirements/lock.txt is made for: install it, or name it with make PYTHON=/path/to/python3.11; for other versions see docs/get_started/installation.md"; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install -q --disable-pip-version-check --no-deps -r requirements/lock.txt
	$(RUN) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(RUN) -W ignore -c "import snreid_mm"
	touch $@

clean:
	rm -rf $(VENV) data/pitch-demo work_dirs/demo
