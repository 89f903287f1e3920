"""The board in a real kernel, run by papermill; and in a terminal: against a server that is no cluster."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat import NotebookNode

import workshop
from tests import board_story as story
from tests.board_api import PLURALS, Api

HERE = Path(workshop.__file__).parents[1]
THREADS = "import threading\nprint(sorted(one.name for one in threading.enumerate() if one.name.startswith('board')))"
SVG, TEXT = "image/svg+xml", "text/plain"


@pytest.fixture(name="environment")
def fixture_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of its own for kernels and commands."""
    monkeypatch.setenv("WORKSHOP_ROOT", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    return tmp_path / ".workshop" / "kubeconfig"


@pytest.fixture(name="api")
def fixture_api(environment: Path) -> Iterator[Api]:
    with Api(story.start()) as api:
        api.write_kubeconfig(environment)
        yield api


def run(folder: Path, cells: list[str], before: dict[int, Callable[[], None]]) -> list[NotebookNode]:
    """Run cells as a rehearsal does; **before**: what happens in the world when a cell begins."""
    source = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(source, folder / "in.ipynb")
    papermill.execute_notebook(
        str(folder / "in.ipynb"),
        str(folder / "out.ipynb"),
        kernel_name="python3",
        progress_bar=False,
        on_cell_execute=lambda cell, cell_index: before.get(cell_index, lambda: None)(),
        extra_arguments=["--log-level=50"],
    )
    done: list[NotebookNode] = nbformat.read(folder / "out.ipynb", as_version=4).cells
    return done


def printed(cell: NotebookNode) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def test_the_saved_notebook_keeps_the_last_picture_where_it_was_shown(api: Api, tmp_path: Path) -> None:
    cells = [
        "import time\nfrom workshop import board\n\nboard.show()",
        "print('first')\ntime.sleep(1)\nprint('last')",
        "time.sleep(0.5)",
    ]

    def arrive() -> None:
        api.put("Freight", story.freight(story.UPDATE, 5))

    def be_ready() -> None:
        api.delete("Pod", story.pod("dev", story.FIRST))
        api.put("Pod", story.pod("dev", story.UPDATE))

    shown, working, last = run(tmp_path, cells, {1: arrive, 2: be_ready})
    (board,) = shown.outputs
    assert board.output_type == "display_data"
    assert story.UPDATE in board.data[SVG]
    assert board.data[TEXT].startswith(f"dev {story.UPDATE} ")
    assert printed(working) == "first\nlast\n"
    assert [output.output_type for output in (*working.outputs, *last.outputs)].count("display_data") == 0


def test_shown_again_it_goes_on_and_stopped_it_leaves_nothing_running(api: Api, tmp_path: Path) -> None:
    cells = [
        "import time\nfrom workshop import board\n\nboard.show()",
        f"board.show()\n{THREADS}",
        "time.sleep(1)",
        f"board.stop()\n{THREADS}",
        "board.show()\nboard.snapshot()\nboard.stop()",
        "time.sleep(0.5)",
    ]
    done = run(
        tmp_path,
        cells,
        {
            2: lambda: api.put("Freight", story.freight(story.UPDATE, 5)),
            5: lambda: api.put("Freight", story.freight(story.BAD, 5)),
        },
    )
    names = sorted(["board", *(f"board-{kind}" for kind in PLURALS)])
    assert printed(done[1]) == f"{names}\n"
    assert printed(done[3]) == "[]\n"
    pictures = [output.data[SVG] for cell in done for output in cell.outputs if output.output_type == "display_data"]
    assert len(pictures) == 4
    for one in pictures:
        assert story.UPDATE in one
        assert story.BAD not in one


def test_without_a_cluster_the_cell_says_what_to_do(environment: Path, tmp_path: Path) -> None:
    cell = (
        "from workshop import board\nfrom workshop.errors import WorkshopError\n\n"
        "try:\n    board.show()\nexcept WorkshopError as error:\n    print(error)"
    )
    (done,) = run(tmp_path, [cell], {})
    assert printed(done) == "✗ Não há cluster da oficina nesta máquina (falta .workshop/kubeconfig).\n→ make up\n"


def status(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "workshop.cli", "status", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_terminal_watches_until_ctrl_c(api: Api) -> None:
    process = status("--watch")
    deadline = time.monotonic() + 30
    while api.watches < len(PLURALS) and time.monotonic() < deadline:
        time.sleep(0.05)
    api.put("Freight", story.freight(story.UPDATE, 5))
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    shown, complaints = process.communicate(timeout=20)
    assert process.returncode == 0
    assert complaints == ""
    assert story.UPDATE in shown


def test_scripts_get_a_document_without_passwords(api: Api) -> None:
    shown, complaints = status("--json").communicate(timeout=30)
    assert complaints == ""
    assert [stage["serving"] for stage in json.loads(shown)["stages"]] == [[story.FIRST]] * 3
    assert "password" not in shown


def test_watching_is_not_for_scripts(environment: Path) -> None:
    process = status("--json", "--watch")
    _, complaints = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "--watch" in complaints


def test_a_terminal_without_a_cluster_says_what_to_do(environment: Path) -> None:
    process = status("--watch")
    _, complaints = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "✗ Não há cluster da oficina nesta máquina (falta .workshop/kubeconfig).\n→ make up\n" in complaints
