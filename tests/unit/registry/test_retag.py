"""An image under another tag: what its configuration says of itself afterwards."""

from __future__ import annotations

from datetime import UTC, datetime

from workshop.registry.retag import renamed

BUILT = datetime(2026, 1, 16, 22, 0, 5, tzinfo=UTC)
SETTINGS = {
    "architecture": "amd64",
    "created": "2025-01-01T00:00:00Z",
    "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    "config": {
        "User": "10001:10001",
        "Env": ["PATH=/usr/bin", "APP_VERSION=1a2b3c4d", "APP_COMMIT=1a2b3c4d0000"],
        "Labels": {
            "org.opencontainers.image.title": "image-promotion-backend",
            "org.opencontainers.image.version": "1a2b3c4d",
            "org.opencontainers.image.created": "2025-01-01T00:00:00Z",
        },
    },
}


def test_it_says_the_new_tag_and_when_it_was_built() -> None:
    found = renamed(SETTINGS, "99999999", BUILT)

    assert found["created"] == "2026-01-16T22:00:05Z"
    assert found["config"]["Env"] == ["PATH=/usr/bin", "APP_VERSION=99999999", "APP_COMMIT=1a2b3c4d0000"]
    assert found["config"]["Labels"] == {
        "org.opencontainers.image.title": "image-promotion-backend",
        "org.opencontainers.image.version": "99999999",
        "org.opencontainers.image.created": "2026-01-16T22:00:05Z",
    }


def test_everything_else_stays_and_the_original_is_untouched() -> None:
    found = renamed(SETTINGS, "99999999", BUILT)

    assert found["rootfs"] == SETTINGS["rootfs"]
    assert found["config"]["User"] == "10001:10001"
    assert SETTINGS["created"] == "2025-01-01T00:00:00Z"
    assert "APP_VERSION=1a2b3c4d" in SETTINGS["config"]["Env"]  # type: ignore[index]


def test_what_it_is_told_besides_comes_after_what_it_says() -> None:
    found = renamed(SETTINGS, "99999999", BUILT, {"PORT": "8999"})
    assert found["config"]["Env"][-1] == "PORT=8999"
    assert "PORT=8999" not in SETTINGS["config"]["Env"]  # type: ignore[index]


def test_an_image_that_says_nothing_of_itself_gets_its_labels() -> None:
    found = renamed({"rootfs": {}}, "99999999", BUILT)
    assert found["config"]["Env"] == []
    assert found["config"]["Labels"]["org.opencontainers.image.created"] == "2026-01-16T22:00:05Z"
