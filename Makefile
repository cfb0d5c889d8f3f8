# The commands of Ondol. Each sets up what it needs; only Python 3.11+ and make are assumed.
PYTHON ?= python3
PORT ?= 8000
# PyTorch's own index of CPU builds; a plain install on Linux brings several gigabytes of CUDA.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

VENV := .venv/bin
SETUP := $(PYTHON) portal/launch/bootstrap.py --torch-index $(TORCH_INDEX)

.PHONY: demo serve dev test check soak bench screenshots schema build format lock sbom advisories

demo: ## everything from nothing: install, build, start, run the main job
	@$(SETUP)
	@$(VENV)/python -m portal.launch demo --port $(PORT) $(if $(ONCE),--once)

serve: ## the embedded product for real use
	@$(SETUP)
	@$(VENV)/python -m portal.launch serve --port $(PORT)

dev: ## web that reloads, worker, janitor, Vite
	@$(SETUP) --dev
	@$(VENV)/python -m portal.launch dev --port $(PORT)

build: ## install and build the portal
	@$(SETUP)

test: ## every tier whose service is found; names those it did not run
	@$(SETUP) --dev
	@$(VENV)/python tests/run.py

check: ## the static half: formats, types, import contracts, schema drift
	@$(SETUP) --dev
	@$(VENV)/python tests/run.py --only static

soak: ## what counts in hundreds: ONLY=name N=count SEED=n HOURS=h
	@$(SETUP) --dev
	@$(VENV)/python tests/soak/run.py $(if $(ONLY),--only $(ONLY)) $(if $(N),--count $(N)) $(if $(SEED),--seed $(SEED)) $(if $(HOURS),--hours $(HOURS))

bench: ## ratios to a named peer or limit: ONLY=name
	@$(SETUP) --dev
	@$(VENV)/python tests/bench/run.py $(if $(ONLY),--only $(ONLY))

screenshots: ## every route, light and dark, desktop and phone, both languages: ONLY="name name"
	@$(SETUP) --dev
	@$(VENV)/python -m tests.e2e.screenshots $(if $(ONLY),--only $(ONLY))

schema: ## the OpenAPI document, and the portal's types made from it
	@$(SETUP) --dev
	@mkdir -p build
	@$(VENV)/python manage.py spectacular --validate --fail-on-warn --file build/schema.yaml
	@cd frontend && npm run --silent schema

lock: ## the digests of requirements.lock, for installs that verify them
	@$(SETUP) --dev
	@$(VENV)/python portal/launch/supply.py lock --torch-index $(TORCH_INDEX)

sbom: ## bills of materials (CycloneDX) of server and portal, into build/
	@$(SETUP) --dev
	@$(VENV)/python portal/launch/supply.py sbom

advisories: ## known holes of what we use; says where its databases cannot be reached
	@$(SETUP) --dev
	@$(VENV)/python portal/launch/supply.py advisories

format: ## bring every file into the one format
	@$(VENV)/ruff format . && $(VENV)/ruff check --fix-only --quiet .
	@cd frontend && npx prettier --log-level warn --write .
