"""JupyterLab as `make lab` starts it: its settings are ones that it knows, its first page tells how things stand."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from workshop import paths
from workshop.rehearsal import flows, lab, overview, schedule

SCHEMAS = Path(sys.prefix) / "share" / "jupyter" / "lab" / "schemas"


@pytest.mark.parametrize("plugin", json.loads((lab.SETTINGS / "overrides.json").read_text(encoding="utf-8")))
def test_every_setting_is_one_that_jupyterlab_has(plugin: str) -> None:
    ours = json.loads((lab.SETTINGS / "overrides.json").read_text(encoding="utf-8"))[plugin]
    extension, name = plugin.split(":")
    schema = json.loads((SCHEMAS / extension / f"{name}.json").read_text(encoding="utf-8"))
    assert set(ours) <= set(schema["properties"])


def test_it_answers_this_machine_alone_and_opens_the_index() -> None:
    command = lab.command(9999)
    assert "--ip=127.0.0.1" in command
    assert "--port=9999" in command
    assert any(argument.endswith(f"/lab/tree/{schedule.INDEX}") for argument in command)


def test_its_terminals_find_the_workshops_tools_and_cluster() -> None:
    variables = lab.variables()
    assert variables["PATH"].split(os.pathsep)[0] == str(paths.BIN)
    assert variables["KUBECONFIG"] == str(paths.KUBECONFIG)


def test_the_first_page_has_the_last_rehearsals_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "LATEST", tmp_path)
    notebooks = [
        {"name": "04-ci", "status": "passed", "seconds": 181.2},
        {"name": "05-dev", "status": "passed", "seconds": 301},
        {"name": "06-stg", "status": "failed", "seconds": 4},
    ]
    (tmp_path / "report.json").write_text(json.dumps({"notebooks": notebooks}), encoding="utf-8")
    rows = {
        row.split("]")[0].removeprefix("| ["): row for row in overview.table(overview.last_rehearsal()).splitlines()
    }
    assert rows["04-ci"].endswith("| 10 min | ✓ 181 s |")
    assert rows["05-dev"].endswith("| ✗ 301 s |")
    assert rows["06-stg"].endswith("| – |")


def test_the_first_page_without_a_cluster_says_where_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "LATEST", tmp_path)
    monkeypatch.setattr(paths, "KUBECONFIG", tmp_path / "kubeconfig")
    assert overview.last_rehearsal() == {}
    assert "make up" in overview.standing()
