# Two commands: `make demo` and `make test`. Both make .venv when it is missing.
# `make test-full` runs the tests on OpenMMLab's compiled stack, in .venv-full.
PYTHON ?= $(shell sh requirements/find_python.sh)
VENV := .venv
FULL := .venv-full
RUN := $(VENV)/bin/python

.PHONY: demo test test-full install clean

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

# mmcv's operators are compiled, which may take an hour.
test-full: $(FULL)/installed
	$(FULL)/bin/python -m pytest -n auto --maxprocesses 4 --dist loadfile

$(FULL)/installed: requirements/lock-full.txt setup.py setup.cfg pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 was found, which requirements/lock-full.txt is made for: install it, or name it with make PYTHON=/path/to/python3.11"; exit 1; }
	rm -rf $(FULL)
	$(PYTHON) -m venv $(FULL)
	$(FULL)/bin/python -m pip install -q --disable-pip-version-check --no-deps -r requirements/lock-full.txt
	MMCV_WITH_OPS=1 $(FULL)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation mmcv==2.1.0
	$(FULL)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(FULL)/bin/python -W ignore -c "import snreid_mm, mmcv.ops"
	touch $@

clean:
	rm -rf $(VENV) $(FULL) data/pitch-demo work_dirs/demo
