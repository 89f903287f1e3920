# `make rehearse` is the whole workshop on an empty machine; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
WORKSHOP := .venv/bin/workshop
PATH := $(CURDIR)/.workshop/bin:$(PATH)
export PATH

.PHONY: help bootstrap rehearse up lab app supply bench status doctor goto why reset down test test-fast test-kargo test-tools lint format screenshots manifests lock

help: ## esta lista
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

bootstrap: ## o ambiente Python, do uv.lock
	@scripts/bootstrap

rehearse: bootstrap ## a palestra inteira: notebooks 00–08, cada um contra o seu tempo
	@$(WORKSHOP) rehearse

up: bootstrap ## da máquina vazia ao cluster com Argo CD e Kargo (notebooks 00–03)
	@$(WORKSHOP) up

lab: bootstrap ## os notebooks no JupyterLab
	@$(WORKSHOP) lab

app: bootstrap ## a aplicação sozinha, sem cluster: http://localhost:3000
	@$(WORKSHOP) app

supply: bootstrap ## só as ferramentas e as imagens
	@$(WORKSHOP) supply

bench: bootstrap ## quanto leva uma versão nova até dev, stg e prod, ao lado do kubectl set image
	@$(WORKSHOP) bench

status: bootstrap ## que versão está em cada ambiente
	@$(WORKSHOP) status

doctor: bootstrap ## a lista de verificação da palestra, em 10 s
	@$(WORKSHOP) doctor

goto: bootstrap ## leva a oficina ao começo de um notebook: make goto N=07
	@$(WORKSHOP) goto $(N)

why: bootstrap ## por que um Stage espera, ou falhou: make why STAGE=dev
	@$(WORKSHOP) why $(STAGE)

reset: bootstrap ## volta ao começo da demonstração, sem refazer o cluster
	@$(WORKSHOP) reset

down: bootstrap ## desmonta tudo (notebook 09)
	@$(WORKSHOP) down

lint: bootstrap ## estilo do código Python
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check

format: bootstrap ## arruma o estilo
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

# What the fast tests and the manifests call by name; where they are in place this takes a second.
test-tools: bootstrap
	@.venv/bin/python -m workshop.supply helm kustomize

test-fast: lint test-tools ## os testes que não precisam de cluster
	@.venv/bin/pytest tests/unit

# The fast tests come first, and where one of them fails the live ones do not start: see tests/conftest.py.
test: lint test-tools ## todos os testes; os vivos incluem um ensaio inteiro
	@.venv/bin/pytest tests

# Told to the Kargo that is chosen: WORKSHOP_KARGO=real make test-kargo
test-kargo: test-tools ## os casos de conformidade, no Kargo que WORKSHOP_KARGO escolher
	@$(WORKSHOP) up
	@.venv/bin/pytest tests/live/kargo --reuse

screenshots: bootstrap ## docs/images/app-*.png, como o navegador dos testes as vê
	@.venv/bin/pytest tests/live/app/test_browser.py
	@cp .workshop/screenshots/app-*.png docs/images/

manifests: test-tools ## k8s/base/helm-output dos charts, .workshop/manifests dos overlays, a tabela de docs/overlays.md
	@for chart in backend frontend; do \
		output=k8s/base/helm-output/$$chart/all.yaml; \
		mkdir -p $$(dirname $$output) .workshop; \
		helm template $$chart helm/$$chart > .workshop/helm-output.partial; \
		mv .workshop/helm-output.partial $$output; \
		echo "$$output: helm/$$chart"; \
	done
	@.venv/bin/python -m workshop.delivery.overlays

lock: ## uv.lock, depois de mudar pyproject.toml
	@$$(command -v uv || echo .workshop/uv/bin/uv) lock
