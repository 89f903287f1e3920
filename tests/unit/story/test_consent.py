"""A yes by hand: what is asked, the button in a real kernel, and that nobody is waited for where nobody looks."""

from __future__ import annotations

import asyncio
import queue
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from workshop import paths
from workshop import settings as config
from workshop.rehearsal import lab, runner
from workshop.story import approvals, consent
from workshop.story.consent import Question

ASKED = Question("qa", "stg", "0d0d0d0d", "1a2b3c4d", ("1a2b3c4 feat: editar <usuários>",))
SECONDS = 60


def test_the_question_says_who_from_what_to_what_and_why() -> None:
    assert ASKED.title == "QA: stg vai de 0d0d0d0d para 1a2b3c4d?"
    assert "feat: editar &lt;usuários&gt;" in ASKED.html()


def test_a_long_list_of_commits_is_cut_and_an_empty_one_said() -> None:
    many = Question("po", "prod", "0d0d0d0d", "1a2b3c4d", tuple(f"commit {number}" for number in range(11)))
    assert many.html().count("<code>") == 8
    assert "e mais 3" in many.html()
    assert "nenhum commit" in Question("po", "prod", "", "1a2b3c4d").html()
    assert "de nada para 1a2b3c4d" in Question("po", "prod", "", "1a2b3c4d").title


@pytest.mark.parametrize(("live", "waits"), [("1", True), ("0", False), (None, False)])
def test_only_where_somebody_looks_the_persona_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, live: str | None, waits: bool
) -> None:
    done: list[Any] = []

    async def wait_for(question: Question) -> None:
        done.append(question)

    monkeypatch.delenv(config.LIVE_VARIABLE, raising=False)
    if live:
        monkeypatch.setenv(config.LIVE_VARIABLE, live)
    monkeypatch.setattr(consent, "question", lambda persona, stage, freight: ASKED)
    monkeypatch.setattr(consent, "wait_for", wait_for)
    monkeypatch.setattr(approvals, "approve", lambda *arguments: done.append(arguments))

    asyncio.run(approvals.ask("qa", "stg", "f"))

    assert done == [*([ASKED] if waits else []), ("qa", "stg", "f")]


@pytest.mark.parametrize(("said", "live"), [(None, True), ("0", False)])
def test_the_lab_is_live_unless_told_and_a_run_that_is_started_in_it_never_is(
    monkeypatch: pytest.MonkeyPatch, said: str | None, live: bool
) -> None:
    monkeypatch.delenv(config.LIVE_VARIABLE, raising=False)
    if said:
        monkeypatch.setenv(config.LIVE_VARIABLE, said)
    monkeypatch.setenv(config.LIVE_VARIABLE, lab.variables()[config.LIVE_VARIABLE])
    assert config.is_live() is live
    with runner._venv_kernel():
        assert not config.is_live()
    assert config.is_live() is live


# -- In a kernel ------------------------------------------------------------------------------------
@pytest.fixture(name="kernel", scope="module")
def fixture_kernel() -> Iterator[BlockingKernelClient]:
    with runner._venv_kernel():
        manager, client = start_new_kernel(kernel_name=runner.KERNEL, cwd=str(paths.ROOT), startup_timeout=SECONDS)
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


CELL = """
from workshop.story import consent
asked = consent.Question("qa", "stg", "0d0d0d0d", "1a2b3c4d")
await consent.wait_for(asked, {limit})
print("yes")
"""


def run(kernel: BlockingKernelClient, cell: str, *, press: bool) -> str:
    """Run a cell, pressing the first button that it opens as JupyterLab does; returns what it printed, or its error."""
    request, said = kernel.execute(cell), []
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            message = kernel.get_iopub_msg(timeout=1)
        except queue.Empty:
            continue
        content = message["content"]
        if press and message["msg_type"] == "comm_open" and content["data"]["state"].get("description") == "Aprovar":
            data = {"method": "custom", "content": {"event": "click"}}
            kernel.shell_channel.send(kernel.session.msg("comm_msg", {"comm_id": content["comm_id"], "data": data}))
        if message["msg_type"] == "stream":
            said.append(content["text"])
        if message["msg_type"] == "error":
            said.append(f"{content['ename']}: {content['evalue']}")
        idle = message["msg_type"] == "status" and content["execution_state"] == "idle"
        if idle and message["parent_header"].get("msg_id") == request:
            return "".join(said)
    pytest.fail(f"the cell did not end; it said: {said}")


def test_the_cell_goes_on_when_the_button_is_pressed(kernel: BlockingKernelClient) -> None:
    assert run(kernel, CELL.format(limit=SECONDS), press=True) == "yes\n"


def test_a_question_that_nobody_answers_ends(kernel: BlockingKernelClient) -> None:
    assert re.search(r"WorkshopError: ✗ Ninguém aprovou em 0 min: QA", run(kernel, CELL.format(limit=0.2), press=False))
