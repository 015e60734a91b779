# Two commands do all the set-up: `make course` and `make test`. The others are parts of them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
COURSE := .course
JOBS := $(shell nproc 2>/dev/null || echo 2)
export PATH := $(CURDIR)/$(BIN):$(PATH)
.PHONY: course test setup release book pdf lab grade bench evidence count check clean

course: release book grade      ## set up, release the assignments, build the site, grade the sample class
	@$(BIN)/python .ci/where.py $(COURSE)

test: check                     ## every check there is: style, types, the gate, the tests
	$(BIN)/ruff check . && $(BIN)/mypy && OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile

setup: $(BIN)/ready             ## environment in .venv, Debian packages if we are root

$(BIN)/ready: pyproject.toml requirements.lock .ci/system
	.ci/system && $(PYTHON) -m venv .venv && $(BIN)/pip install -q -r requirements.lock && $(BIN)/pip install -q --no-deps -e . && touch $@

release: setup                  ## student notebooks from solutions/ into chapters/assignments/ and the course
	$(BIN)/convgrade release --course $(COURSE) --notebooks chapters/assignments

book: release                   ## the site in _build/html; a warning is an error
	$(BIN)/jupyter-book build . --builder html -W -n --keep-going -q

pdf: book                       ## the same as one PDF in _build/book.pdf
	$(BIN)/python _ext/pdf.py

grade: release                  ## the sample class: submit, grade, feedback, report; got against expected
	$(BIN)/convgrade sample-class --course $(COURSE) && $(BIN)/convgrade grade --course $(COURSE) --jobs $(JOBS)
	$(BIN)/convgrade feedback --course $(COURSE) && $(BIN)/convgrade report --course $(COURSE) && $(BIN)/convgrade sample-class --course $(COURSE) --verify

lab: release                    ## JupyterLab with a one-student course
	$(BIN)/python autograder/lab.py $(COURSE)/lab

check: book                     ## the gate: key full, stub nothing, mutants lose, alternatives pass
	$(BIN)/convgrade check --jobs $(JOBS)

count: setup                    ## pages, exercises, points, mutants, alternatives
	@$(BIN)/python .ci/count.py

bench: setup                    ## ratios against torch; writes lib/benchmarks/RESULTS.md
	$(BIN)/python lib/benchmarks/run.py

evidence: setup                 ## train small nets as the papers do; writes lib/evidence/README.md and results/
	$(BIN)/python lib/evidence/run.py

clean:                          ## everything that can be made again
	rm -rf .venv .course _build *.egg-info
