"""When a bench counts as good, what it writes down, and how a workload is copied for comparison."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from workshop import paths
from workshop import settings as config
from workshop.bench import report, yardstick
from workshop.bench.report import Bench, Measurement
from workshop.errors import WorkshopError

MACHINE = {"cpus": 2, "memory_gib": 7.8, "system": "Linux 6.1 x86_64"}


def bench(*seconds: float, most: float | None = 4.0) -> Bench:
    """A bench of one thing; the yardstick's median is 3 s."""
    return Bench(
        Measurement("set-image", "kubectl set image → no ar", seconds=[2.0, 4.0, 3.0]),
        [Measurement("dev", "push → dev", most, seconds=list(seconds))],
        "kargo-lite",
        MACHINE,
    )


@pytest.mark.parametrize(
    ("seconds", "over"),
    [((9.0, 12.0, 30.0), False), ((9.0, 12.3, 12.4), True), ((1.0, 99.0), True)],
    ids=["one slow run moves no median", "the median is over", "of two it is the mean"],
)
def test_the_median_is_what_has_a_limit(seconds: tuple[float, ...], over: bool) -> None:
    found = bench(*seconds)

    assert bool(found.problem) is over
    if over:
        with pytest.raises(WorkshopError, match="× o kubectl set image; o limite é 4 ×"):
            found.demand()
    else:
        found.demand()


def test_seconds_are_the_machine_s_and_judge_nothing() -> None:
    slow = bench(1000.0)
    slow.yardstick.seconds = [250.0]
    slow.demand()


def test_without_a_limit_nothing_is_demanded() -> None:
    bench(100.0, most=None).demand()


def test_one_visitor_turned_away_is_one_too_many() -> None:
    found = bench(9.0)
    found.measurements[0].requests, found.measurements[0].failed = 312, 1
    with pytest.raises(WorkshopError, match="1 de 312 requisições falharam"):
        found.demand()


def test_it_is_compared_with_the_yardstick() -> None:
    found = bench(12.0)
    assert found.ratio(found.measurements[0]) == 4.0
    assert found.ratio(found.yardstick) == 1.0


def test_what_is_written_down_can_be_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "BENCHES", tmp_path / "bench")
    monkeypatch.setattr(report, "LATEST", tmp_path / "bench" / "latest.json")
    found = bench(8.0)
    found.measurements[0].note(9.004, pushed=0.251)

    for _ in range(2):  # the second one finds a latest.json in its way
        path = found.write()

    assert path.parent == tmp_path / "bench"
    read = json.loads((tmp_path / "bench" / "latest.json").read_text(encoding="utf-8"))
    assert read == json.loads(path.read_text(encoding="utf-8"))
    assert read["ok"] is True
    assert read["machine"] == MACHINE
    dev, yard = read["measurements"]
    assert dev["seconds"] == [8.0, 9.0]
    assert (dev["median"], dev["ratio"], dev["most_ratio"]) == (8.5, 2.83, 4.0)
    assert dev["parts"] == [{"pushed": 0.25}]
    assert (yard["median"], yard["ratio"], yard["most_ratio"]) == (3.0, 1.0, None)


def test_the_table_says_it_in_portuguese() -> None:
    text = io.StringIO()
    bench(12.34).show(Console(file=text, width=140))
    shown = text.getvalue()
    assert "12,3 s" in shown
    assert "✗" in shown
    assert "4,1" in shown
    assert "kargo-lite · 2 CPUs · 7,8 GiB" in shown


def test_a_copied_object_is_free_of_what_the_cluster_put_in() -> None:
    found: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "backend",
            "namespace": "dev",
            "uid": "1",
            "resourceVersion": "2",
            "labels": {"app.kubernetes.io/name": "backend"},
            "annotations": {"argocd.argoproj.io/tracking-id": "dev-app:/Service:dev/backend"},
        },
        "spec": {"clusterIP": "10.96.0.7", "clusterIPs": ["10.96.0.7"], "ports": [{"port": 8000}]},
        "status": {"loadBalancer": {}},
    }

    assert yardstick.transplanted(found) == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "backend",
            "namespace": config.NAMESPACE_BENCH,
            "labels": {"app.kubernetes.io/name": "backend"},
        },
        "spec": {"ports": [{"port": 8000}]},
    }


def test_a_secret_keeps_what_it_holds() -> None:
    found = {"kind": "Secret", "metadata": {"name": "backend"}, "data": {"A": "Yg=="}, "type": "Opaque"}
    copied = yardstick.transplanted(found)
    assert (copied["data"], copied["type"]) == ({"A": "Yg=="}, "Opaque")
