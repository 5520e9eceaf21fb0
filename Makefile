# A thin index over what really runs: read the scripts.
.PHONY: site test plan docs lab lab-down bench setup

site: ## raise the lab and apply the plan to it
	@scripts/site

test: ## everything, on a lab of its own
	@scripts/test

plan: ## the plan of the example company; no host is contacted
	@scripts/plan

docs: setup ## HTML pages of all modules, plugins and roles
	@scripts/docs

lab: setup ## raise the lab
	@.venv/bin/python tests/lab/lab.py up

lab-down: ## take the lab away again
	@python3 tests/lab/lab.py down

bench: setup ## ratios to the usual ways of doing the same
	@.venv/bin/python -m tests.bench

setup:
	@scripts/setup
