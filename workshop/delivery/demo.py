"""The start of the demo: the story's first version runs in dev, stg and prod, and nothing else has happened yet."""

from __future__ import annotations

from collections.abc import Callable

from workshop import settings as config
from workshop.delivery import ci, kargo, promotions, story
from workshop.services import database, forge, registry
from workshop.shell import kubectl

Report = Callable[[str], None]


def baseline(report: Report = print) -> str:
    """Have the first version of the story built, detected and promoted to all three Stages; returns its tag.

    A story that has moved on is left alone.
    """
    commit = story.head()
    if story.merged():
        report("a história já avançou; a versão de main fica como está")
        return commit[:8]
    tag = ci.pipeline(commit, report)
    freight = promotions.freight_for(tag, report)
    approvers = {"dev": None} | {stage: persona for persona, stage in config.PERSONAS.items()}
    missing = [stage for stage in approvers if promotions.current_tag(stage) != tag]
    if asked := [stage for stage in missing if approvers[stage]]:
        # The first version has nobody to convince: approved for all Stages, so that they need not wait for each other.
        promotions.approve(freight, asked)
    for stage in missing:
        promotions.request(stage, freight, approvers[stage])
    for stage, persona in approvers.items():
        promotions.ensure(stage, tag, persona, report)
    return tag


def first_version_is_everywhere() -> bool:
    """Whether all Stages hold the version that `main` is at."""
    tag = story.head()[:8]
    return all(promotions.current_tag(stage) == tag for stage in config.ENVIRONMENTS)


def reset(report: Report = print) -> None:
    """Back to the start of the demo, on the same cluster: forge, registry and Kargo's history anew."""
    forge.require_gitea()
    report("voltando ao início da demonstração")
    namespace = ("--namespace", config.PROJECT)
    for kind in ("stages", "promotions", "freights", "warehouses"):
        kubectl.text(*namespace, "delete", kind, "--all", "--timeout=60s", timeout=90)
    story.seed(report)
    _forget_images(keep=story.head()[:8])
    for environment in config.ENVIRONMENTS:
        database.forget_data(environment)
    kargo.configure(report)
    # Whatever was being measured went with the rest.
    config.GUESTS.unlink(missing_ok=True)
    baseline(report)


def _forget_images(keep: str) -> None:
    """Take the story's images out of the registry, or the Warehouse would take an old one for the newest."""
    for image in config.APP_IMAGES:
        for tag in registry.tags(image):
            if tag != keep:
                registry.forget(image, tag)
