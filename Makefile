# Two commands: `make demo` and `make test`. Both make .venv when it is missing,
# or made with another version than PYTHON's, as in `make test PYTHON=python3.12`.
# `make test-full` runs the tests on OpenMMLab's compiled stack, in .venv-full;
# `make test-onedl` on OpenMMLab's living fork, in .venv-onedl. `make docs` makes
# the site of the documentation.
PYTHON ?= $(shell sh requirements/find_python.sh)
VERSION := $(shell "$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
LOCK_3.10 := requirements/lock-3.10.txt
LOCK_3.11 := requirements/lock.txt
LOCK_3.12 := requirements/lock.txt
LOCK := $(LOCK_$(VERSION))
VENV := .venv
INSTALLED := $(VENV)/installed-$(VERSION)
FULL := .venv-full
ONEDL := .venv-onedl
RUN := $(VENV)/bin/python

.PHONY: demo test docs test-full test-onedl install clean

demo: $(INSTALLED)
	$(RUN) -W ignore tools/demo.py

test: $(INSTALLED)
	$(RUN) -m pytest -n auto --maxprocesses 4 --dist loadfile

# The first page is docs/_build/html/index.html.
docs: $(INSTALLED)
	$(RUN) -W ignore -m sphinx -q -W --keep-going -c docs . docs/_build/html

install: $(INSTALLED)

# The stamp is written last, so an interrupted install is done again.
$(INSTALLED): $(LOCK) setup.py setup.cfg pyproject.toml
	@test -n "$(LOCK)" || { echo "error: there are lock files for Python 3.10, 3.11 and 3.12, but PYTHON=$(PYTHON) is none of them: install one, or name it with make PYTHON=/path/to/python3.11"; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install -q --disable-pip-version-check --no-deps -r $(LOCK)
	$(RUN) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation xtcocotools==1.14.3
	$(RUN) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(RUN) -W ignore -c "import snreid_mm"
	touch $@

# mmcv's operators are compiled, which may take an hour.
test-full: $(FULL)/installed
	$(FULL)/bin/python -m pytest -n auto --maxprocesses 4 --dist loadfile

$(FULL)/installed: requirements/lock-full.txt setup.py setup.cfg pyproject.toml
	@test "$(VERSION)" = 3.11 || { echo "error: no Python 3.11 was found, which requirements/lock-full.txt is made for: install it, or name it with make PYTHON=/path/to/python3.11"; exit 1; }
	rm -rf $(FULL)
	$(PYTHON) -m venv $(FULL)
	$(FULL)/bin/python -m pip install -q --disable-pip-version-check --no-deps -r requirements/lock-full.txt
	MMCV_WITH_OPS=1 $(FULL)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation mmcv==2.1.0
	$(FULL)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(FULL)/bin/python -W ignore -c "import snreid_mm, mmcv.ops"
	touch $@

test-onedl: $(ONEDL)/installed-onedl-$(VERSION)
	$(ONEDL)/bin/python -m pytest -n auto --maxprocesses 4 --dist loadfile

$(ONEDL)/installed-onedl-$(VERSION): requirements/lock-onedl.txt $(LOCK) setup.py setup.cfg pyproject.toml
	$(MAKE) install VENV=$(ONEDL) PYTHON=$(PYTHON)
	$(ONEDL)/bin/python -m pip uninstall -q -y mmengine mmpretrain
	$(ONEDL)/bin/python -m pip install -q --disable-pip-version-check --no-deps -r requirements/lock-onedl.txt
	$(ONEDL)/bin/python -W ignore -c "import snreid_mm"
	touch $@

clean:
	rm -rf $(VENV) $(FULL) $(ONEDL) snreid_mm/.mim docs/_build data/pitch-demo work_dirs/demo
