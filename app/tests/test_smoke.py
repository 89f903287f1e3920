"""The question that gates a promotion."""

from __future__ import annotations

import pytest

from users_api import smoke
from users_api.smoke import Answer, problem, wait_for

BACKEND, FRONTEND = "http://backend:8000", "http://frontend"
READY = f"{BACKEND}/api/health/ready"
DIRECT = f"{BACKEND}/api/version"
THROUGH = f"{FRONTEND}/api/version"
ALL_WELL = {
    READY: Answer(200, {"status": "ok"}),
    DIRECT: Answer(200, {"tag": "0a1b2c3d"}),
    THROUGH: Answer(200, {"tag": "0a1b2c3d"}),
}


def test_all_well() -> None:
    assert problem("0a1b2c3d", BACKEND, FRONTEND, ALL_WELL.__getitem__) == ""


@pytest.mark.parametrize(
    ("url", "answer", "expected"),
    [
        (
            READY,
            Answer(503, error='{"status":"unavailable"}'),
            f'{BACKEND} is not ready: HTTP 503 {{"status":"unavailable"}}',
        ),
        (READY, Answer(error="connection refused"), f"{BACKEND} is not ready: connection refused"),
        (DIRECT, Answer(200, {"tag": "ffffffff"}), f"{DIRECT} says ffffffff, not 0a1b2c3d"),
        (DIRECT, Answer(200, {}), f"{DIRECT} says None, not 0a1b2c3d"),
        (THROUGH, Answer(404, error="gone"), f"{THROUGH} does not answer: HTTP 404 gone"),
        (THROUGH, Answer(200, {"tag": "ffffffff"}), f"{THROUGH} says ffffffff, not 0a1b2c3d"),
    ],
)
def test_each_problem_is_a_sentence(url: str, answer: Answer, expected: str) -> None:
    answers = ALL_WELL | {url: answer}

    assert problem("0a1b2c3d", BACKEND, FRONTEND, answers.__getitem__) == expected


def test_the_old_version_may_still_answer_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "PAUSE_SECONDS", 0)
    tags = iter(["ffffffff", "ffffffff"])

    def asking(url: str) -> Answer:
        return Answer(200, {"tag": next(tags, "0a1b2c3d")}) if url == DIRECT else ALL_WELL[url]

    assert wait_for("0a1b2c3d", BACKEND, FRONTEND, asking) == ""


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "PAUSE_SECONDS", 0)
    asked: list[str] = []

    def asking(url: str) -> Answer:
        asked.append(url)
        return Answer(error="connection refused")

    assert "connection refused" in wait_for("0a1b2c3d", BACKEND, FRONTEND, asking)
    assert len(asked) == smoke.TRIES


def test_without_a_version_there_is_no_question(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("APP_VERSION", raising=False)

    assert smoke.main() == 1
    assert "APP_VERSION is not set" in capsys.readouterr().out


def test_nothing_listens(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(smoke, "TRIES", 1)
    monkeypatch.setenv("APP_VERSION", "0a1b2c3d")
    monkeypatch.setenv("SMOKE_BACKEND_URL", "http://127.0.0.1:1")

    assert smoke.main() == 1
    assert (
        "FAILED: http://127.0.0.1:1 is not ready: [Errno 111] Connection refused" in capsys.readouterr().out
    )
