"""kargo-lite after a rehearsal's promotions: what has it left behind in its own container?"""

from __future__ import annotations

from typing import Final

import pytest

from tests.live.conftest import Rehearsal
from tests.live.phases import Phase
from workshop import settings as config
from workshop.platform import kargo
from workshop.shell import kubectl

pytestmark = pytest.mark.phase(Phase.BESIDE)
# /proc/<pid>/stat: the state is the first word after the name, which stands in parentheses.
_ENDED: Final = """
from pathlib import Path

for stat in Path("/proc").glob("[0-9]*/stat"):
    name, _, rest = stat.read_text().rpartition(")")
    if rest.split()[0] == "Z":
        print(name)
"""


def test_no_process_that_has_ended_is_still_in_the_table(rehearsal: Rehearsal) -> None:
    """Nobody but the first process could take it out; each would keep a number of the node's for good."""
    if kargo.kind() != "lite":
        pytest.skip("about kargo-lite")
    pod = ("--namespace", config.NAMESPACE_KARGO, "exec", f"deployment/{kargo.LITE}", "--")
    assert kubectl.text(*pod, "python", "-c", _ENDED).splitlines() == []
