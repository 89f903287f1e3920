"""A bad version in dev: gone again in time, with a reason, and without a single visitor having noticed."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest

from tests.live.conftest import Rehearsal, listed
from tests.live.load import load
from tests.live.phases import Phase
from workshop import paths, registry
from workshop import settings as config
from workshop.board import read, timeline, visitor
from workshop.cluster import gateway
from workshop.kargo import guests, promotions, warehouse
from workshop.shell import git, kubectl

pytestmark = pytest.mark.phase(Phase.BESIDE)

LIMIT_SECONDS: Final = 40.0
"""From the push of the bad images until the good version is whole again, and serves."""
AFTERWARDS_SECONDS: Final = 8.0
"""Until the pods of the bad version have gone too."""
STAGE: Final = "dev"
ROLLBACK: Final = re.compile(r"ROLLBACK dev: ([0-9a-f]{8}) não ficou saudável")


@pytest.fixture(name="bad")
def fixture_bad(rehearsal: Rehearsal, repository: Any) -> str:
    """The tag of feature/error's images, which the rehearsal has left in the registry."""
    known = set.intersection(*(set(registry.local().tags(image)) for image in config.APP_IMAGES))
    found = [
        tag for tag in ROLLBACK.findall(repository.text("log", "--format=%s", f"origin/env/{STAGE}")) if tag in known
    ]
    assert found, "no rolled back version is in the registry any more: make rehearse"
    return found[0]


def test_a_bad_version_is_taken_back_and_nobody_notices(
    bad: str, record_property: Callable[[str, Any], None], capsys: pytest.CaptureFixture[str]
) -> None:
    answered: Counter[str] = Counter()

    def visit(client: httpx.Client) -> httpx.Response:
        answer = gateway.ask(STAGE, "/api/version", client=client)
        if answer.is_success:
            answered[answer.json()["tag"]] += 1
        return answer

    with guests.hosting() as visitors:
        good = visitors.held[STAGE]
        with load(visit, workers=2, pause=0.05) as found:
            pushed = time.monotonic()
            tag = visitors.publish(bad)
            warehouse.ask()
            promotions.wait_for_promotion(STAGE, tag, succeeds=False)
            for name in ("backend", "frontend"):
                kubectl.text("-n", STAGE, "rollout", "status", f"deployment/{name}", "--timeout=60s", limit=70)
            assert visitor.served_version(STAGE) == good
            seconds = time.monotonic() - pushed
            time.sleep(AFTERWARDS_SECONDS)
        promotion = promotions.newest(STAGE, promotions.freight_for(tag))
        told = timeline.moments(STAGE, tag)
        commit = git.within(paths.STORY_CLONE).text("log", "-1", "--format=%s", f"origin/env/{STAGE}").strip()

    lasted = (told[-1].at - told[0].at).total_seconds()
    record_property("seconds", round(seconds, 1))
    record_property("requests", len(found.seconds))
    with capsys.disabled():
        print(f"\nback after {seconds:.1f} s; {len(found.seconds)} requests, {len(found.failures)} failed")
        print(timeline.table(told))
    assert found.failures == []
    assert set(answered) == {good}
    assert sum(answered.values()) > 10 * seconds
    assert commit == f"ROLLBACK {STAGE}: {tag} não ficou saudável"
    assert promotion is not None
    assert promotion.phase == "Errored"
    assert f'"{STAGE}-app"' in promotion.message
    assert "synchronization tasks completed unsuccessfully" in promotion.message
    # The table of notebook 08 begins when the push is done and ends with the Promotion; Kubernetes cuts seconds off.
    assert 0 < lasted <= seconds + 1
    assert seconds <= LIMIT_SECONDS


def test_the_bad_version_has_left_nothing_but_its_commits(bad: str) -> None:
    stages = {stage.name: stage for stage in read().stages}
    story = [bad, *(stage.tag for stage in stages.values())]

    assert stages[STAGE].is_well
    assert not stages[STAGE].is_rolled_back
    for image in config.APP_IMAGES:
        assert set(story) <= set(registry.local().tags(image))
    # A Freight whose images are no longer in the registry would be one that a visitor has left.
    kept = set(registry.local().tags(config.APP_IMAGES[0]))
    assert {image["tag"] for freight in listed("freights") for image in freight["images"]} <= kept
    assert not paths.GUESTS.exists()
