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
from workshop.platform import kargo
from workshop.rehearsal import report as reports
from workshop.services import forge
from workshop.shell import kubectl

TIMES: Final = 5
DEV, *ASKED = config.ENVIRONMENTS
PUSH_LIMIT: Final = 10.0
PROMOTION_LIMIT: Final = 6.0
ROLLBACK_LIMIT: Final = 40.0
"""Seconds that the medians may take on 2 cores."""
MOST: Final = 4.0
"""How many times `kubectl set image` a version may take that goes through Git, Argo CD and Kargo."""
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
            Measurement("dev", f"push → {DEV} saudável e verificado", PUSH_LIMIT, most=MOST),
            *(
                Measurement(stage, f"promoção → {stage} ({config.APPROVERS[stage]})", PROMOTION_LIMIT, most=MOST)
                for stage in ASKED
            ),
            Measurement("rollback", f"push de uma versão ruim → {DEV} de volta à boa", ROLLBACK_LIMIT),
        ],
        kargo.which(),
        {**reports.machine(), "load": [round(value, 1) for value in os.getloadavg()]},
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
    told = ", ".join(f"{item.name} {item.seconds[-1]:.1f}".replace(".", ",") for item in bench.all)
    voice.say(f"  {told} s")


def _push(measurement: Measurement, visit: Guests, like: str) -> str:
    """From the first byte of the push until dev serves the version and Kargo has verified it; the Freight's name."""
    started = time.monotonic()
    tag = visit.publish(like)
    warehouse.ask()
    pushed = time.monotonic() - started
    found = watching.first(
        "freights",
        lambda item: {image["tag"] for image in item.get("images") or []} == {tag},
        f"um Freight com a tag {tag}",
        limit=_PATIENCE,
    )
    freight: str = found["metadata"]["name"]
    seen = time.monotonic() - started
    verified = _until_verified(DEV, freight) - started
    measurement.note(verified, pushed=pushed, freight=seen, **_steps(DEV, freight))
    served = visitor.served_version(DEV)
    if served != tag:
        raise WorkshopError(f"Kargo says that {DEV} has {tag}, and {DEV} answers {served or 'nothing'}.")
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
        raise WorkshopError(f"{DEV} had to serve {good} all the time, and answered {', '.join(sorted(strange))} too.")


def _node_memory() -> float:
    """What the node's processes hold, as its kubelet counts them, in GiB; all of the cluster is in there."""
    node = kubectl.text("get", "nodes", "--output", "jsonpath={.items[0].metadata.name}")
    summary = json.loads(kubectl.text("get", "--raw", f"/api/v1/nodes/{node}/proxy/stats/summary"))
    return round(summary["node"]["memory"]["workingSetBytes"] / 2**30, 2)


def _until_verified(stage: str, freight: str) -> float:
    watching.first(
        "freights",
        lambda item: item["metadata"]["name"] == freight and stage in (item.get("status") or {}).get("verifiedIn", {}),
        f"o Freight foi verificado em {stage}",
        limit=_PATIENCE,
    )
    return time.monotonic()


def _steps(stage: str, freight: str) -> dict[str, float]:
    """How long each step of the Promotion took; Kargo notes whole seconds, so most took none."""
    ended = promotions.steps(promotions.newest(stage, freight) or {})
    seconds = {step.name: (step.finished - step.started).total_seconds() for step in ended}
    return {f"step {name}": value for name, value in seconds.items() if value}
