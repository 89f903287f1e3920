"""What a bundle must hold before it may be called one, for states of a machine that no other test has."""

from __future__ import annotations

from workshop.bundle.inventory import lacking
from workshop.supply.catalogue import KARGO, KARGO_LITE, catalogue
from workshop.supply.plan import Facts, Found

PINS = catalogue()
PULLED = Found(frozenset({"sha256:pulled"}))
COMPANIONS = [image.key for image in PINS.images.values() if image.companion_of]
WHOLE = Facts(
    tools=dict.fromkeys(PINS.tools, "bin"),
    binaries=frozenset(PINS.programs),
    engine={key: PULLED for key, image in PINS.images.items() if not image.companion_of},
)
"""Every image is its makers' own; cert-manager, which comes along with a Kargo that is pulled, is not here."""


def test_nobody_misses_a_companion_where_kargo_came_without_it() -> None:
    assert COMPANIONS
    assert lacking(PINS, WHOLE) == []


def test_what_is_needed_and_not_here_is_named() -> None:
    engine = {key: found for key, found in WHOLE.engine.items() if key not in ("gitea", KARGO, KARGO_LITE)}
    tools = {name: where for name, where in WHOLE.tools.items() if name != "kubectl"}

    missing = lacking(PINS, Facts(tools=tools, binaries=WHOLE.binaries, engine=engine))

    assert missing == ["kubectl", "gitea", KARGO]
