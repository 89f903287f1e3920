"""Fixtures of kargo-lite's tests: an API in memory, the recordings of real Kargo, a git server's directory."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from fakes import FakeKube

from workshop.kargo_lite.settings import Settings
from workshop.kargo_lite.steps import StepContext

GOLDEN = Path(__file__).parents[2] / "golden" / "kargo-1.11.2"
PROJECT = "image-promotion"


def golden(name: str) -> dict:
    """A recording of what Kargo 1.11.2 wrote."""
    return yaml.safe_load((GOLDEN / name).read_text())


@pytest.fixture
def gitops() -> dict[tuple[str, str], dict]:
    """What was applied when the recordings were made, by kind and name."""
    documents = yaml.safe_load_all((GOLDEN / "gitops.yaml").read_text())
    return {(d["kind"], d["metadata"]["name"]): d for d in documents}


@pytest.fixture
def promotions() -> dict[str, dict]:
    """Two recorded Promotions: ``succeeded`` and ``rolled-back``."""
    return golden("promotions.yaml")


@pytest.fixture
def recorded_freight() -> list[dict]:
    """All Freight recorded."""
    return golden("freights.yaml")["items"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(work_dir=tmp_path / "work", credentials_over_http=True)


@pytest.fixture
def kube() -> FakeKube:
    return FakeKube()


@pytest.fixture
def step(kube: FakeKube, settings: Settings, tmp_path: Path):
    """Make the context of a step from its configuration."""
    work = tmp_path / "promotion"
    work.mkdir()

    def make(state: dict | None = None, **config: object) -> StepContext:
        return StepContext(
            kube=kube,
            settings=settings,
            project=PROJECT,
            stage="dev",
            promotion="dev.01.abc",
            actor="",
            alias="promote::step",
            work_dir=work,
            config=config,
            state=state or {},
        )

    return make


def git(cwd: Path, *args: str) -> str:
    """Run git as somebody who is not kargo-lite."""
    done = subprocess.run(
        ["git", "-c", "user.name=dev", "-c", "user.email=dev@example.com", *args],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def forge(tmp_path: Path) -> str:
    """URL of a bare repository whose main has an overlay for dev."""
    bare, seed = tmp_path / "forge.git", tmp_path / "seed"
    git(tmp_path, "init", "--quiet", "--bare", "-b", "main", str(bare))
    overlay = seed / "k8s" / "overlays" / "dev"
    overlay.mkdir(parents=True)
    (overlay / "kustomization.yaml").write_text("namespace: dev\nresources:\n- app.yaml\n")
    (overlay / "app.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: Backend\nspec:\n  selector: {}\n  template:\n"
        "    spec:\n      containers:\n      - name: backend\n        image: registry.workshop.local:5001/backend\n"
        "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: backend\n"
    )
    git(tmp_path, "init", "--quiet", "-b", "main", str(seed))
    git(seed, "add", ".")
    git(seed, "commit", "--quiet", "-m", "start")
    git(seed, "push", "--quiet", str(bare), "main")
    return str(bare)
