"""After a rehearsal: did the talk happen, and does everything that it leaves behind tell the same story?"""

from __future__ import annotations

from html import escape
from typing import Any

import pytest

from tests.live.conftest import REHEARSAL_LIMIT_SECONDS, Rehearsal, listed
from tests.live.phases import Phase
from workshop import paths
from workshop import settings as config
from workshop.board import Stage, read, visitor
from workshop.cluster import gateway
from workshop.rehearsal import flows, page, schedule

pytestmark = [pytest.mark.phase(Phase.AS_REHEARSED), pytest.mark.timeout(REHEARSAL_LIMIT_SECONDS)]
ROLLBACK = "ROLLBACK"


@pytest.fixture(scope="module")
def stages(rehearsal: Rehearsal) -> dict[str, Stage]:
    return {stage.name: stage for stage in read().stages}


@pytest.fixture(scope="module")
def promotions(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    """The finished promotions, oldest first."""
    found = [item for item in listed("promotions") if item.get("status", {}).get("phase")]
    return sorted(found, key=lambda item: item["metadata"]["creationTimestamp"])


def subjects(repository: Any, branch: str) -> list[str]:
    """The commit messages of a branch, newest first."""
    return repository.text("log", "--format=%s", f"origin/{branch}").splitlines()


def test_it_succeeds(rehearsal: Rehearsal) -> None:
    assert rehearsal.exit_code == 0
    assert rehearsal.report["ok"] is True
    assert rehearsal.report["over_budget"] == []


def test_every_cell_of_every_notebook_ran(rehearsal: Rehearsal) -> None:
    notebooks = rehearsal.report["notebooks"]
    assert [entry["name"] for entry in notebooks] == [book.path.stem for book in schedule.REHEARSAL]
    for entry in notebooks:
        assert entry["status"] == "passed", entry
        assert entry["cells_run"] == entry["cells"] > 0, entry


def test_the_talk_fits_into_its_time(rehearsal: Rehearsal) -> None:
    for entry in rehearsal.report["notebooks"]:
        assert entry["budget_seconds"] is None or entry["seconds"] <= entry["budget_seconds"], entry


def test_the_page_has_every_notebook_with_its_cells(rehearsal: Rehearsal) -> None:
    shown = (flows.LATEST / page.PAGE_FILE).read_text(encoding="utf-8")
    for entry in rehearsal.report["notebooks"]:
        assert f"{entry['name']} · {escape(entry['title'])}" in shown
        assert len(entry["cell_times"]) == entry["cells"]


def test_each_environment_serves_what_was_promoted_to_it(stages: dict[str, Stage]) -> None:
    assert list(stages) == list(config.ENVIRONMENTS)
    for stage in stages.values():
        assert visitor.served_version(stage.name) == stage.tag != "", stage
        assert stage.is_well, stage


def test_dev_has_the_fix_and_prod_has_what_was_approved(stages: dict[str, Stage], repository: Any) -> None:
    assert stages["stg"].serving == stages["prod"].serving != stages["dev"].serving
    newest = repository.text("rev-parse", "origin/main")[:8]
    assert stages["dev"].serving == (newest,)
    repository.text("merge-base", "--is-ancestor", stages["prod"].tag, "origin/main")


def test_the_application_answers_in_every_environment(rehearsal: Rehearsal) -> None:
    for environment in config.ENVIRONMENTS:
        answer = gateway.ask(environment, "/api/version").json()
        assert answer["environment"] == environment
        assert gateway.ask(environment, "/api/users").status_code == 401
        page = gateway.ask(environment, "/")
        assert page.status_code == 200
        assert "<html" in page.text.lower()


def test_env_dev_holds_the_rollback_followed_by_the_fix(repository: Any) -> None:
    newest, *older = subjects(repository, "env/dev")
    assert ROLLBACK not in newest
    assert ROLLBACK in older[0]
    assert ROLLBACK not in older[1]


def test_the_rollback_restored_the_last_good_manifests_exactly(repository: Any) -> None:
    rollback, bad, good = "origin/env/dev~1", "origin/env/dev~2", "origin/env/dev~3"
    assert repository.text("diff", "--stat", rollback, good) == ""
    assert repository.text("diff", "--stat", rollback, bad) != ""


def test_stg_and_prod_never_saw_the_bad_version(repository: Any) -> None:
    for branch in ("env/stg", "env/prod"):
        assert not [line for line in subjects(repository, branch) if ROLLBACK in line]


def test_the_promotions_tell_the_story(promotions: list[dict[str, Any]]) -> None:
    told = [(item["spec"]["stage"], item["status"]["phase"]) for item in promotions]
    assert told[-4:] == [
        ("stg", "Succeeded"),
        ("prod", "Succeeded"),
        ("dev", "Errored"),
        ("dev", "Succeeded"),
    ]


def test_people_promoted_stg_and_prod_and_nobody_dev(promotions: list[dict[str, Any]]) -> None:
    def actor(item: dict[str, Any]) -> str:
        return item["metadata"].get("annotations", {}).get("kargo.akuity.io/create-actor", "")

    by_stage = {item["spec"]["stage"]: actor(item) for item in promotions}
    assert by_stage["stg"].endswith("serviceaccount:image-promotion:qa")
    assert by_stage["prod"].endswith("serviceaccount:image-promotion:po")
    assert "serviceaccount:image-promotion:" not in by_stage["dev"]


def test_freight_is_always_a_pair_of_one_tag(rehearsal: Rehearsal) -> None:
    freight = listed("freights")
    assert len(freight) >= 3
    for item in freight:
        tags = {image["tag"] for image in item["images"]}
        assert len(item["images"]) == 2
        assert len(tags) == 1, item["metadata"]["name"]


def test_no_output_shows_a_secret(rehearsal: Rehearsal) -> None:
    """Of this installation: passwords, keys and tokens, also those that a file of variables or PEM holds."""
    texts = [file.read_text(errors="replace") for file in paths.SECRETS.rglob("*") if file.is_file()]
    lines = {line.partition("=")[2] or line for text in texts for line in text.split()}
    known = ("workshop", "CERTIFICATE", "http://")
    hidden = {line for line in lines if len(line) >= 16 and not any(word in line for word in known)}
    assert len(hidden) > 10, "there is something to hide"
    shown = [*flows.LATEST.glob("*.ipynb"), *paths.NOTEBOOKS.glob("*.ipynb")]
    assert len(shown) > len(schedule.REHEARSAL)
    for notebook in shown:
        text = notebook.read_text(encoding="utf-8")
        assert not [secret[:3] for secret in hidden if secret in text], notebook.name


def test_the_repository_is_as_clean_as_before(rehearsal: Rehearsal) -> None:
    assert rehearsal.after == rehearsal.before


def test_somebody_elses_repository_is_untouched(rehearsal: Rehearsal) -> None:
    """GIT_DIR, GIT_WORK_TREE and GIT_INDEX_FILE pointed there all the time."""
    assert rehearsal.elsewhere_after == rehearsal.elsewhere_before
