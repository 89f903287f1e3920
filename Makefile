# `make rehearse` is the whole workshop on an empty machine; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
WORKSHOP := .venv/bin/workshop
# On all cores, and each file on one: what a file's tests share is made once.
FAST_TESTS := .venv/bin/pytest --numprocesses auto --dist loadfile --cov --cov-report= tests/unit
PATH := $(CURDIR)/.workshop/bin:$(PATH)
export PATH
# Another project's modules in place of the workshop's own, before it could say a word.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP

.PHONY: help bootstrap bootstrap-dev check rehearse rehearse-offline up lab tmux app supply pins bench status doctor goto notes videos why reset down test test-fast test-kargo test-soak test-tools lint format screenshots manifests docs slides docs-sync lock

help: ## esta lista
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

bootstrap: ## o ambiente Python da palestra, do uv.lock
	@scripts/bootstrap

bootstrap-dev: ## o mesmo, com o que pedem testes, vídeos e manutenção
	@scripts/bootstrap --dev

check: ## o que falta nesta máquina, antes de baixar qualquer coisa
	@scripts/bootstrap --check

rehearse: bootstrap ## a palestra inteira: notebooks 00–08, cada um contra o seu tempo
	@$(WORKSHOP) rehearse

# Tools and images are there first; from then on there is no way out, as at a venue without a network.
rehearse-offline: bootstrap ## a palestra inteira e a volta ao começo, com a rede cortada de verdade (root)
	@$(WORKSHOP) supply
	@$(WORKSHOP) offline sh -c '$(WORKSHOP) rehearse && $(WORKSHOP) reset'

up: bootstrap ## da máquina vazia ao cluster com Argo CD e Kargo (notebooks 00–03)
	@$(WORKSHOP) up

lab: bootstrap ## os notebooks no JupyterLab
	@$(WORKSHOP) lab

tmux: bootstrap ## código, ações e logs lado a lado, para quem apresenta do terminal
	@$(WORKSHOP) tmux

app: bootstrap ## a aplicação sozinha, sem cluster: http://localhost:3000
	@$(WORKSHOP) app

supply: bootstrap ## só as ferramentas e as imagens
	@$(WORKSHOP) supply

pins: bootstrap-dev ## os SHA-256 que os autores das ferramentas publicam, em versions.toml (de quem mantém)
	@$(WORKSHOP) pins

bench: bootstrap ## quanto leva uma versão nova até dev, stg e prod, ao lado do kubectl set image
	@$(WORKSHOP) bench

status: bootstrap ## o quadro da promoção, e as páginas com as suas senhas
	@$(WORKSHOP) status

doctor: bootstrap ## a lista de verificação da palestra, em 10 s
	@$(WORKSHOP) doctor

goto: bootstrap ## leva a oficina ao começo de um notebook: make goto N=07
	@$(WORKSHOP) goto $(N)

notes: bootstrap ## as notas do roteiro e o tempo que resta, para a tela de quem apresenta
	@$(WORKSHOP) notes

why: bootstrap ## por que um Stage espera, ou falhou: make why STAGE=dev
	@$(WORKSHOP) why $(STAGE)

videos: bootstrap-dev ## os vídeos de reserva que faltam ou envelheceram, gravados dos notebooks
	@$(WORKSHOP) videos

reset: bootstrap ## volta ao começo da demonstração, sem refazer o cluster
	@$(WORKSHOP) reset

down: bootstrap ## desmonta tudo (notebook 09)
	@$(WORKSHOP) down

# Quickest first: style, types, and which room may know which (all three configured in pyproject.toml).
lint: bootstrap-dev ## estilo, tipos e camadas do código Python
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo

format: bootstrap-dev ## arruma o estilo
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

# What the fast tests and the manifests call by name; where they are in place this takes a second.
test-tools: bootstrap-dev
	@$(WORKSHOP) supply helm kustomize
	@command -v hunspell > /dev/null || [ "$$(id -u)" != 0 ] || scripts/apt-install hunspell hunspell-pt-br

test-fast: lint test-tools ## os testes que não precisam de cluster
	@$(FAST_TESTS)

# The live ones run unplugged where that can be had: what they need has to be on this machine when they begin.
# They hold what the stored outputs and recordings of kargo-lite say, also where real Kargo is at hand.
test: export WORKSHOP_KARGO ?= lite
test: lint test-tools ## todos os testes; os vivos incluem um ensaio inteiro, sem rede onde dá
	@$(FAST_TESTS)
	@$(WORKSHOP) supply
	@$(WORKSHOP) bundle fetch
	@.venv/bin/python -c 'from workshop.videos import browser; print(browser.chromium())'
	@$(WORKSHOP) offline --if-possible .venv/bin/pytest tests/live --durations 25 --durations-min 10

# What measures on a machine that does nothing else: `workshop bench` and its traces, a reset, a Project of 200 Freights.
test-soak: test-tools ## os testes que medem, na oficina que está no ar
	@$(WORKSHOP) up
	@.venv/bin/pytest tests/live --reuse --soak -m soak

# Told to the Kargo that is chosen: WORKSHOP_KARGO=real make test-kargo
test-kargo: test-tools ## os casos de conformidade, no Kargo que WORKSHOP_KARGO escolher
	@$(WORKSHOP) up
	@.venv/bin/pytest tests/live/kargo --reuse

screenshots: bootstrap-dev ## docs/images/*.png da aplicação e do quadro, como o navegador dos testes as vê
	@.venv/bin/python -m tests.board_screenshots
	@.venv/bin/pytest tests/live/app/test_browser.py
	@cp .workshop/screenshots/app-*.png docs/images/

manifests: test-tools ## k8s/base/helm-output dos charts, .workshop/rendered dos overlays, a tabela de docs/overlays.md
	@.venv/bin/python -m workshop.docs manifests

docs: bootstrap-dev ## a documentação e os notebooks como site, em .workshop/site
	@.venv/bin/python -m workshop.docs site

slides: bootstrap-dev ## os slides em HTML e PDF, em .workshop/slides; instala o presenterm
	@.venv/bin/python -m workshop.docs slides

docs-sync: bootstrap-dev ## o que docs/ cita do projeto e as tabelas que são geradas
	@.venv/bin/python -m workshop.docs sync

lock: ## uv.lock, depois de mudar pyproject.toml
	@$$(command -v uv || echo .workshop/uv/bin/uv) lock
