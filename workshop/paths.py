"""Where everything lies. Apart from the settings, so that what runs before the Python environment is there may ask.

Standard library only; everything that is on disk is named here, once.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(os.environ.get("WORKSHOP_ROOT", Path(__file__).resolve().parent.parent))
VERSIONS: Final = Path(__file__).with_name("versions.toml")
UV_LOCK: Final = ROOT / "uv.lock"
CONFIG_FILE: Final = ROOT / "workshop.toml"
STATE: Final = ROOT / ".workshop"
BIN: Final = STATE / "bin"
STAMPS: Final = STATE / "stamps"
"""From which recipe each program of `BIN` was built."""
IMAGE_ARCHIVES: Final = STATE / "images"
MANIFESTS: Final = STATE / "manifests"
"""Manifests and charts that their makers publish, as they were fetched."""
RENDERED: Final = STATE / "rendered"
"""What Kustomize makes of each environment's overlay, for people to read."""
WHEELS: Final = STATE / "wheels"
"""The Python environment's wheels, where a bundle brought them; scripts/bootstrap looks here."""
DEBIAN_PACKAGES: Final = STATE / "debs"
"""The container engine's packages, where a bundle brought them; scripts/apt-install looks here."""
UV: Final = STATE / "uv" / "bin" / "uv"
"""uv, where it was not on PATH; scripts/bootstrap looks here."""
BUILD: Final = STATE / "build"
BUILD_BIN: Final = BUILD / "bin"
BUILD_STAMPS: Final = BUILD / "stamps"
PARTIAL: Final = STATE / "partial"
"""What is not whole yet."""
SUPPLY_LOCK: Final = STATE / "run" / "supply.lock"
STORY_LOCK: Final = STATE / "run" / "story.lock"
SECRETS: Final = STATE / "secrets"
LOGS: Final = STATE / "logs"
UNEXPECTED: Final = LOGS / "unexpected.log"
"""The details of errors that nobody foresaw."""
SUPPLY_LOGS: Final = LOGS / "supply"
"""What every program said that brings tools and images."""
KUBECONFIG: Final = STATE / "kubeconfig"
GIT_SETTINGS: Final = STATE / "gitconfig"
"""What git reads in place of the user's settings and the machine's."""
SUPPLIED: Final = STATE / "supplied"
"""There once everything was in place."""
MIRRORED: Final = STATE / "mirrored"
"""For each image that was put into the local registry: what the engine called it then, and what the registry does."""
NODE_FILES: Final = STATE / "node"
APPLIED: Final = STATE / "applied"
"""Manifests and values that depend on this installation, as they were handed to the cluster: for people to read."""
CI: Final = STATE / "ci"
COLD: Final = CI / "cold.jsonl"
"""What pipelines did for the first time on this machine, and in how many seconds."""
REHEARSALS: Final = STATE / "rehearsals"
STORY_CLONE: Final = STATE / "story"
STORY_SEED: Final = STATE / "story.seed"
STORY_WRITTEN: Final = STATE / "story.written"
"""The story's repository as it begins, ready to be pushed."""
RESETTING: Final = STATE / "resetting"
"""There while the story is set back to its start: where it stayed behind, that was interrupted."""
ON_STAGE: Final = STATE / "on-stage.json"
"""Which notebook somebody began last in JupyterLab, and when."""
GUESTS: Final = STATE / "guests.json"
BENCHES: Final = STATE / "bench"
DOCS_WORK: Final = STATE / "docs"
"""What site and slides are made with, and what is left over while they are made."""
SITE: Final = STATE / "site"
SLIDES: Final = STATE / "slides"
NOTEBOOKS: Final = ROOT / "notebooks"
VIDEOS: Final = ROOT / "videos" / "backup"
"""The recordings of the demonstration, and beside each what it was recorded from."""
STUDIO: Final = STATE / "videos"
"""Where they are recorded: what a recording that failed left behind is here."""
GITOPS: Final = ROOT / "gitops"


def lead(link: Path, target: Path) -> None:
    """Have a link lead to what lies beside it, in one step: whoever follows it finds the old, or the new."""
    new = link.with_name(f".{link.name}")
    new.unlink(missing_ok=True)
    new.symlink_to(target.name)
    new.replace(link)
