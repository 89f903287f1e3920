"""What that internet holds: the tools, charts and images of this installation, at their makers' addresses.

The clone that downloads them has the pins of what lies here (`Shelves.versions`): the same versions.toml with other
digests, since what was built here is not, byte for byte, what their makers publish.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import tomlkit
import trustme
import yaml

from workshop import paths, process
from workshop import settings as config
from workshop.machine import system
from workshop.registry.client import MANIFEST_TYPE
from workshop.supply import images, manifests, tools
from workshop.supply.archives import SavedImage
from workshop.supply.catalogue import Catalogue, Image, Program

AUTHORITY, CERTIFICATE, STRANGER = "authority.pem", "certificate.pem", "stranger.pem"
SHELVES, FAULTS, LOG, HOSTS = "shelves.json", "faults.json", "handed-over", "hosts"
_HUB: Final = "registry-1.docker.io"
"""Where Docker looks for what is called docker.io."""


class Shelves:
    """Fills a folder with what `internet.py` serves."""

    def __init__(self, folder: Path, pins: Catalogue) -> None:
        self.folder, self.pins = folder, pins
        self.hosts: set[str] = set()
        self.digests: dict[tuple[str, ...], str] = {}
        self._shelf: dict[str, dict[str, Any]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def fill(self) -> None:
        """Everything that a pull needs; takes about a minute, and as much disk as the images have."""
        for program in self.pins.tools.values():
            self._tool(program)
        for key, pin in config.versions()["manifests"].items():
            if "chart" in pin and manifests.in_place(key):
                self._chart(pin["chart"], pin["version"], manifests.path(key))
            elif "url" in pin:
                self._put(urlsplit(pin["url"].format(version=pin["version"])), manifests.path(key))
        for image in self.pins.images.values():
            if image.pullable and not image.built_only and image.key in images.images_in_engine([image]):
                self._image(image)
        self._write()

    def versions(self) -> str:
        """versions.toml with the digests of what lies here."""
        document = tomlkit.parse(paths.VERSIONS.read_text(encoding="utf-8"))
        for place, digest in self.digests.items():
            table: Any = document
            for key in place[:-1]:
                table = table[key]
            table[place[-1]] = digest
        return tomlkit.dumps(document)

    def _tool(self, program: Program) -> None:
        assert program.release is not None
        platform = system.here()
        located = tools.locate(program)
        assert located is not None, program.name
        published, member = located[1], program.published(program.release.member, platform)
        if member:
            archive = self.folder / f"{program.name}.tar.gz"
            # As quickly as it goes: this one stays on this machine.
            with tarfile.open(archive, "w:gz", compresslevel=1) as opened:
                opened.add(published, member)
            published = archive
        self._put(urlsplit(program.published(program.release.url, platform)), published)
        # One that nobody has pinned a digest of comes out of its image, here as anywhere.
        if program.digest(platform):
            digest = hashlib.sha256(published.read_bytes()).hexdigest()
            self.digests["tools", program.name, "release", "sha256", platform] = digest

    def _chart(self, chart: str, version: str, folder: Path) -> None:
        """As Helm pushes it: https://helm.sh/docs/topics/registries/#oci-feature-deprecation-and-behavior-changes"""
        name = chart.rpartition("/")[2]
        package = self.folder / f"{name}-{version}.tgz"
        # In the repository of its makers a chart has no version yet, or no description at all.
        about = {"apiVersion": "v2", "name": name, "version": version}
        described = self.folder / f"{name}.yaml"
        described.write_text(yaml.safe_dump(about), encoding="utf-8")
        with tarfile.open(package, "w:gz", compresslevel=1) as opened:
            for file in sorted(folder.rglob("*")):
                if file.is_file() and file.name != "Chart.yaml":
                    opened.add(file, f"{name}/{file.relative_to(folder)}")
            opened.add(described, f"{name}/Chart.yaml")
        address = urlsplit(chart)
        place, helm = (address.netloc, address.path), "application/vnd.cncf.helm"
        settings = self._blob(*place, json.dumps(about).encode(), f"{helm}.config.v1+json")
        layer = self._blob(*place, package.read_bytes(), f"{helm}.chart.content.v1.tar+gzip")
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": settings, "layers": [layer]}
        self._manifest(address.netloc, address.path, version.replace("+", "_"), manifest)

    def _image(self, image: Image) -> None:
        saved = self.folder / f"{image.key}.tar"
        images.save(image, to=saved, group=process.Group(), log=paths.SUPPLY_LOGS / f"box-{image.key}.log")
        host = _HUB if image.host == "docker.io" else image.host
        path = f"/{image.mirror_path.rpartition(':')[0]}"
        with tarfile.open(saved) as opened:
            content = SavedImage.read(opened, image)
        for part in (content.settings, *content.layers):
            self._shelve(host, f"/v2{path}/blobs/{part.digest}", file=str(saved), member=part.member, size=part.size)
        digest = self._manifest(host, path, image.tag, content.manifest())
        if image.digest:
            self.digests["images", image.key, "digest"] = digest

    def _blob(self, host: str, path: str, content: bytes, media_type: str) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        file = self.folder / digest.replace(":", "-")
        file.write_bytes(content)
        self._shelve(host, f"/v2{path}/blobs/{digest}", file=str(file), size=len(content))
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def _manifest(self, host: str, path: str, tag: str, manifest: dict[str, Any]) -> str:
        content = json.dumps(manifest).encode()
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        file = self.folder / digest.replace(":", "-")
        file.write_bytes(content)
        for reference in (tag, digest):
            self._shelve(
                host, f"/v2{path}/manifests/{reference}",
                file=str(file), size=len(content), type=MANIFEST_TYPE, digest=digest,
            )  # fmt: skip
        return digest

    def _put(self, address: Any, file: Path) -> None:
        self._shelve(address.netloc, address.path, file=str(file), size=file.stat().st_size)

    def _shelve(self, host: str, path: str, **entry: Any) -> None:
        self.hosts.add(host)
        self._shelf[f"{host}{path}"] = entry

    def _write(self) -> None:
        (self.folder / SHELVES).write_text(json.dumps(self._shelf), encoding="utf-8")
        authority = trustme.CA()
        # What this machine trusts, and one more: as a company's proxy has it.
        trusted = Path("/etc/ssl/certs/ca-certificates.crt").read_bytes()
        (self.folder / AUTHORITY).write_bytes(trusted + b"\n" + authority.cert_pem.bytes())
        for file, by in ((CERTIFICATE, authority), (STRANGER, trustme.CA())):
            by.issue_cert(*sorted(self.hosts)).private_key_and_cert_chain_pem.write_to_path(self.folder / file)
