"""The names of images, as pods have them."""

from __future__ import annotations

import pytest

from workshop import registry

SHA = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("image", "repository", "reference"),
    [
        ("registry.workshop.local:5001/image-promotion-backend:1a2b3c4d", "image-promotion-backend", "1a2b3c4d"),
        ("quay.io/argoproj/argocd:v3.2.11", "argoproj/argocd", "v3.2.11"),
        (f"workshop.local/kargo-lite:0.1.0@{SHA}", "kargo-lite", SHA),
        (f"workshop.local/kargo-lite@{SHA}", "kargo-lite", SHA),
    ],
)
def test_what_the_registry_is_asked_for(image: str, repository: str, reference: str) -> None:
    assert registry.repository_and_reference(image) == (repository, reference)
