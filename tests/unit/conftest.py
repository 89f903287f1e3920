"""What every unit test stands on: the choices that a user makes are those of the test, not of who runs it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from workshop import settings as config


@pytest.fixture(scope="module", autouse=True)
def without_choices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No `WORKSHOP_*` variable and no workshop.toml: the same on a desk, in CI and in the Makefile's environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("WORKSHOP_")]:
            patch.delenv(name)
        patch.setitem(config.Settings.model_config, "toml_file", tmp_path_factory.getbasetemp() / "workshop.toml")
        config.settings.cache_clear()
        yield
    config.settings.cache_clear()


@pytest.fixture(autouse=True)
def without_last_choices() -> Iterator[None]:
    """What a test chose is forgotten with it: after its environment is as it was, the choices are read anew."""
    yield
    config.settings.cache_clear()
