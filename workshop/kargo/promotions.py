"""Freight and Promotions: found by image tag, created by a persona, followed step by step."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from workshop import settings as config
from workshop import voice, wait
from workshop.errors import WorkshopError
from workshop.kargo import api, objects
from workshop.kargo.objects import Promotion, Snapshot
from workshop.shell import kubectl

_NAMESPACE = ("--namespace", config.PROJECT)
_FREIGHT_LIMIT = 60
_PROMOTION_LIMIT = 240
_BY_ITSELF_SECONDS = 20.0
"""How long a Stage that promotes by itself may take to begin, before it is asked."""


def freight_for(tag: str) -> str:
    """The name of the Freight whose images all carry that tag; waits for it a minute."""
    return wait.until(
        f"Freight com a tag {tag}",
        lambda: objects.look("Freight").freight(tag),
        limit=_FREIGHT_LIMIT,
        diagnosis=lambda: kubectl.text(*_NAMESPACE, "get", "warehouse,freight"),
        fix=f"kubectl -n {config.PROJECT} describe warehouse {config.WAREHOUSE}",
    )


def wish(stage: str, freight: str) -> dict[str, Any]:
    """The Promotion that a person writes: which Freight, to which Stage; Kargo fills in the rest."""
    return {
        "apiVersion": api.API_VERSION,
        "kind": "Promotion",
        "metadata": {"generateName": f"{stage}-", "namespace": config.PROJECT},
        "spec": {"stage": stage, "freight": freight},
    }


def manifest(stage: str, freight: str) -> str:
    """The same as YAML."""
    return yaml.safe_dump(wish(stage, freight), sort_keys=False)


def promote(stage: str, freight: str, as_: str | None) -> None:
    """Create the Promotion as a persona (`qa`, `po`), or as the cluster's administrator."""
    account = ("--as", config.service_account(as_)) if as_ else ()
    kubectl.change("create", "--filename", "-", *account, stdin=manifest(stage, freight))


def request(stage: str, freight: str, as_: str | None, now: Snapshot | None = None) -> None:
    """Have a Promotion of that Freight under way: the one that is, or a new one.

    Nothing is created where the Stage has the Freight already.
    **as_** None is a Stage that promotes by itself: nothing is created there either, unless its own try has ended
    without bringing the Freight (Kargo never repeats a failed one by itself), or a hold keeps it from trying.
    **now**: what Kargo holds, where that is known already.
    """
    now = now or objects.look()
    last, there = now.newest(stage, freight), now.stage(stage)
    if now.holds(stage) == freight and not now.others(stage, freight):
        return
    if last is None:
        if as_ or there.hold:
            promote(stage, freight, as_)
        return
    # One that has just succeeded is about to be noted by the Stage.
    is_arriving = last.has_succeeded and last.name > there.last_promotion
    if last.is_over and not is_arriving:
        promote(stage, freight, as_)


def bring(stages: Mapping[str, str | None], tag: str) -> None:
    """Have several Stages hold the Freight of that tag, verified, all at the same time.

    **stages**: each Stage, and the persona that asks for it there; None where it promotes by itself.
    A Stage that would have to wait for the one before it gets the Freight approved instead, and that is said. What
    else is on its way to one of them is ended. A version known to be good gets a second try: on a busy machine it may
    start too slowly for the gate.
    Raises `WorkshopError` when a Promotion fails twice, or takes too long.
    """
    now = objects.look()
    if not (freight := now.freight(tag)):
        freight, now = freight_for(tag), objects.look()
    missing = {stage: persona for stage, persona in stages.items() if not now.is_at(stage, freight)}
    for stage in stages.keys() - missing.keys():
        voice.say(f"✓ {stage} já está em {tag}")
    if not missing:
        return
    if early := [stage for stage, persona in missing.items() if persona and not _is_offered(now, stage, freight)]:
        voice.say(f"{tag} aprovado para {' e '.join(early)}, sem esperar pelo ambiente anterior")
        approve(freight, early)
    for other in [one.name for stage in missing for one in now.others(stage, freight)]:
        abort(other)
    with voice.Crew() as crew:
        list(crew.map(lambda item: request(item[0], freight, item[1], now), missing.items()))
    _wait_for_all(missing, tag, freight)


def _is_offered(now: Snapshot, stage: str, freight: str) -> bool:
    """Whether the Stage before this one has verified the Freight."""
    index = config.ENVIRONMENTS.index(stage)
    return index == 0 or now.is_verified(config.ENVIRONMENTS[index - 1], freight)


def abort(name: str) -> None:
    """Ask Kargo to end a Promotion; it does so between two looks at it, and the ones after it then have their turn."""
    voice.say(f"encerrando a promoção {name}")
    wanted = f"{api.ANNOTATION_ABORT}={api.TERMINATE}"
    kubectl.change(*_NAMESPACE, "annotate", "promotion", name, "--overwrite", wanted)


def _wait_for_all(stages: Mapping[str, str | None], tag: str, freight: str) -> None:
    started = time.monotonic()
    waiting, tried = dict(stages), set[str]()

    def arrived() -> bool:
        now = objects.look()
        for stage, persona in list(waiting.items()):
            last = now.newest(stage, freight)
            seconds = time.monotonic() - started
            if now.is_at(stage, freight):
                del waiting[stage]
                voice.say(f"✓ {stage} está em {tag}, verificado ({seconds:.0f} s)")
            elif last is None:
                if not persona and seconds > _BY_ITSELF_SECONDS and stage not in tried:
                    tried.add(stage)
                    voice.say(f"{stage} não começou por si; pedindo a promoção")
                    promote(stage, freight, None)
            elif last.has_failed:
                if stage in tried:
                    raise _ended_badly(last, tag, fix=f"workshop why {stage}")
                tried.add(stage)
                voice.say(f"{_ending(last, tag)} Mais uma tentativa.")
                promote(stage, freight, persona)
        return not waiting

    wait.until(
        f"{', '.join(stages)} com a versão {tag}, no ar e verificada",
        arrived,
        limit=_PROMOTION_LIMIT,
        every=1.0,
        diagnosis=lambda: kubectl.text(*_NAMESPACE, "get", "stages,promotions"),
        fix=f"workshop why {next(iter(stages))}",
    )


def _ending(promotion: Promotion, tag: str) -> str:
    return f"A promoção de {tag} para {promotion.stage} terminou como {promotion.phase}."


def _ended_badly(promotion: Promotion, tag: str, fix: str) -> WorkshopError:
    return WorkshopError(_ending(promotion, tag), details=promotion.message, fix=fix)


def approve(freight: str, stages: Sequence[str]) -> None:
    """Approve a Freight for Stages that have not seen it verified upstream, as `kargo approve` does."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    patch = {"status": {"approvedFor": {stage: {"approvedAt": now} for stage in stages}}}
    kubectl.change(
        *_NAMESPACE, "patch", "freight", freight, "--subresource=status", "--type=merge", f"--patch={json.dumps(patch)}"
    )


def wait_for_promotion(stage: str, tag: str, *, succeeds: bool = True) -> None:
    """Follow the newest Promotion of that tag to its end; and, if it is to succeed, until the Freight is verified.

    Raises `WorkshopError` when it ends otherwise than expected.
    """
    freight = freight_for(tag)
    told: set[str] = set()

    def finished() -> Promotion | None:
        promotion = newest(stage, freight)
        if promotion is None:
            return None
        _tell_steps(promotion, told)
        if promotion.is_over and promotion.has_succeeded is not succeeds:
            show = f"kubectl -n {config.PROJECT} describe promotion {promotion.name}"
            raise _ended_badly(promotion, tag, fix=show)
        return promotion if promotion.is_over else None

    promotion = wait.until(
        f"promoção de {tag} para {stage}" if succeeds else f"fim da promoção de {tag} para {stage}",
        finished,
        limit=_PROMOTION_LIMIT,
        every=0.3,
        diagnosis=lambda: kubectl.text(*_NAMESPACE, "describe", "stage", stage)[-2500:],
        fix=f"kubectl -n {config.PROJECT} get promotions",
    )
    voice.say(f"{promotion.name}: {promotion.phase}")
    if succeeds:
        wait_until_verified(stage, freight)
    elif promotion.message:
        voice.say(promotion.message)


def wait_until_verified(stage: str, freight: str) -> None:
    """Wait until the Stage is healthy with that Freight and has verified it: only then may it go further."""
    wait.until(
        f"{stage} saudável, com o Freight verificado",
        lambda: objects.look("Freight").is_verified(stage, freight),
        limit=90,
        diagnosis=lambda: kubectl.text(*_NAMESPACE, "describe", "stage", stage)[-2500:],
        fix=f"kubectl -n {config.PROJECT} describe stage {stage}",
    )


def current_tag(stage: str) -> str | None:
    """The tag of the Freight that a Stage holds now; None where it holds none, or nobody can be asked."""
    try:
        return objects.look("Stage").stage(stage).freight.tag or None
    except WorkshopError:
        return None


def newest(stage: str, freight: str) -> Promotion | None:
    """The newest Promotion of that Freight to that Stage."""
    return objects.look("Promotion").newest(stage, freight)


def _tell_steps(promotion: Promotion, told: set[str]) -> None:
    for step in promotion.steps:
        if (step.has_succeeded or step.has_failed) and step.name not in told:
            told.add(step.name)
            voice.say(f"  {'✓' if step.has_succeeded else '✗'} {step.name}")
