# The commands of this repository; each is a script below scripts/, which says more.
.PHONY: help run test bench fault pictures lint reset

help: ## Show these commands
	@sed -n 's/^\([a-z]*\): ## \(.*\)/make \1	\2/p' Makefile | expand -t 16

run: ## Set up, build and start all of it; PORT=3000 OPA_PORTS=8181,8182 DATA_DIR=data move it
	@scripts/run

test: ## Run every test; ONLY=name runs those whose name contains it
	@scripts/test

bench: ## Measure beside the real opa and conftest; ONLY=name measures one thing
	@scripts/bench

fault: ## Run the long campaigns: kills, races, tamperings
	@scripts/fault

pictures: ## Accept the new screenshots
	@scripts/pictures

lint: ## Check format, lints, documentation, dependencies and scripts
	@scripts/lint

reset: ## Throw the demo's data away (DATA_DIR=data)
	@scripts/reset
