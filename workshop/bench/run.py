"""The measurement itself: a new version through dev, stg and prod, a bad one, and beside them `kubectl set image`."""

from __future__ import annotations

import json
import os
import time
from typing import Final

from workshop import paths, voice
from workshop import settings as config
from workshop.bench import watching, yardstick
from workshop.bench.report import Bench, Measurement
from workshop.board import visitor
from workshop.cluster import rollout
from workshop.errors import WorkshopError
from workshop.kargo import guests, promotions, warehouse
from workshop.kargo.guests import Guests
from workshop.kargo.objects import Freight
from workshop.machine import description
from workshop.numbers import decimal
from workshop.platform import kargo
from workshop.services import forge
from workshop.shell import kubectl

TIMES: Final = 5
DEV, *ASKED = config.ENVIRONMENTS
MOST: Final = 4.0
"""How many times `kubectl set image` a version may take that goes through Git, Argo CD and Kargo."""
MOST_BACK: Final = 12.0
"""The same for one that is bad: the gate gives it time to get ready, and then there are two ways to go."""
_PATIENCE: Final = 90.0


def run(times: int = TIMES) -> Bench:
    """Measure everything so many times, in turns, so that a busy minute does not meet one measurement alone.

    Raises `WorkshopError` where there is no workshop to measure, or a version does not arrive.
    """
    forge.require_gitea()
    if not (paths.KUBECONFIG.exists() and kargo.is_installed()):
        raise WorkshopError("Não há oficina no ar para medir.", fix="workshop up")
    bench = Bench(
        Measurement("set-image", "kubectl set image → no ar"),
        [
            Measurement("dev", f"push → {DEV} saudável e verificado", MOST),
            *(Measurement(stage, f"promoção → {stage} ({config.APPROVERS[stage]})", MOST) for stage in ASKED),
            Measurement("rollback", f"push de uma versão ruim → {DEV} de volta à boa", MOST_BACK),
        ],
        kargo.which(),
        {**description.machine(), "load": [round(value, 1) for value in os.getloadavg()]},
    )
    with guests.hosting() as visit, yardstick.standing():
        like = visit.held[DEV]
        for turn in range(1, times + 1):
            voice.say(f"{turn}/{times}")
            _turn(bench, visit, like)
        bench.machine["node_memory_gib"] = _node_memory()
    return bench


def _turn(bench: Bench, visit: Guests, like: str) -> None:
    dev, *asked, back = bench.measurements
    yardstick.settle()
    freight = _push(dev, visit, like)
    for measurement in asked:
        yardstick.settle()
        _promote(measurement, freight)
    yardstick.settle()
    _take_back(back, visit, like)
    tag = visit.publish(like, hidden=True)
    yardstick.settle()
    bench.yardstick.note(yardstick.set_image(tag))
    told = " · ".join(f"{item.name} {decimal(item.seconds[-1])}" for item in bench.all)
    voice.say(f"  {told} s")


def _push(measurement: Measurement, visit: Guests, like: str) -> str:
    """From the first byte of the push until dev serves the version and Kargo has verified it; the Freight's name."""
    started = time.monotonic()
    tag = visit.publish(like)
    warehouse.ask()
    pushed = time.monotonic() - started
    found = watching.first(
        "Freight",
        lambda item: Freight.of(item).tag == tag,
        f"Freight com a tag {tag}",
        limit=_PATIENCE,
    )
    freight = Freight.of(found).name
    seen = time.monotonic() - started
    verified = _until_verified(DEV, freight) - started
    measurement.note(verified, pushed=pushed, freight=seen, **_steps(DEV, freight))
    served = visitor.served_version(DEV)
    if served != tag:
        raise WorkshopError(
            f"Para o Kargo, {DEV} tem {tag}; quem responde lá é {served or 'ninguém'}.", fix=f"workshop why {DEV}"
        )
    return freight


def _promote(measurement: Measurement, freight: str) -> None:
    """From the approval of a persona until the Freight is verified in its Stage."""
    stage = measurement.name
    started = time.monotonic()
    promotions.promote(stage, freight, config.APPROVERS[stage])
    measurement.note(_until_verified(stage, freight) - started, **_steps(stage, freight))


def _take_back(measurement: Measurement, visit: Guests, like: str) -> None:
    """From the push of a version that never gets ready until dev is whole again, under the eyes of a visitor."""
    good = visitor.served_version(DEV)
    with visitor.Visitor(DEV) as client:
        started = time.monotonic()
        tag = visit.publish(like, bad=True)
        warehouse.ask()
        with voice.unheard():
            promotions.wait_for_promotion(DEV, tag, succeeds=False)
        for name in yardstick.COMPONENTS:
            with voice.unheard():
                rollout.ready(DEV, f"deployment/{name}", f"{DEV}: {name} de volta")
        measurement.note(time.monotonic() - started)
    measurement.requests += client.requests
    measurement.failed += len(client.failures)
    if strange := {tag for tag in client.answers if tag != good}:
        raise WorkshopError(
            f"{DEV} tinha de responder {good} o tempo todo, e respondeu também {', '.join(sorted(strange))}.",
            fix=f"workshop why {DEV}",
        )


def _node_memory() -> float:
    """What the node's processes hold, as its kubelet counts them, in GiB; all of the cluster is in there."""
    node = kubectl.text("get", "nodes", "--output", "jsonpath={.items[0].metadata.name}")
    summary = json.loads(kubectl.text("get", "--raw", f"/api/v1/nodes/{node}/proxy/stats/summary"))
    held: int = summary["node"]["memory"]["workingSetBytes"]
    return round(held / 2**30, 2)


def _until_verified(stage: str, freight: str) -> float:
    watching.first(
        "Freight",
        lambda item: (found := Freight.of(item)).name == freight and stage in found.verified_in,
        f"verificação do Freight em {stage}",
        limit=_PATIENCE,
    )
    return time.monotonic()


def _steps(stage: str, freight: str) -> dict[str, float]:
    """How long each step of the Promotion took; Kargo notes whole seconds, so most took none."""
    promotion = promotions.newest(stage, freight)
    return {f"step {step.name}": step.seconds for step in (promotion.steps if promotion else ()) if step.seconds}
