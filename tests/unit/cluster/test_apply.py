"""What is handed to the cluster: Secrets in the form of which kubectl can tell that nothing changed."""

from __future__ import annotations

import base64

import yaml

from workshop.cluster import apply


def test_a_secret_holds_its_values_as_the_server_keeps_them() -> None:
    secret = apply.Secret("forge", "image-promotion", {"password": "käse: 'x'"}, {"kind": "git"}).manifest()
    found = yaml.safe_load(secret)
    assert "stringData" not in found
    assert base64.b64decode(found["data"]["password"]).decode() == "käse: 'x'"
    assert found["metadata"] == {"name": "forge", "namespace": "image-promotion", "labels": {"kind": "git"}}
    assert found["type"] == "Opaque"
