"""kustomize-set-image and kustomize-build (Kargo: pkg/promotion/runner/builtin/kustomize_*.go)."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import yaml

from ..objects import Object
from .base import StepContext, StepError, StepResult

_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_TIMEOUT = 120


class _Quoted(str):
    """A string that is written in quotes, always."""


yaml.SafeDumper.add_representer(
    _Quoted, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style='"')
)


def _find(context: StepContext) -> Path:
    directory = context.path(context.config["path"])
    found = [directory / name for name in _FILES if (directory / name).is_file()]
    if len(found) != 1:
        problem = "could not find any" if not found else "ambiguous result: found multiple"
        raise StepError(
            f'could not discover kustomization file: {problem} Kustomization files in "{context.config["path"]}"'
        )
    return found[0]


def set_image(context: StepContext) -> StepResult:
    """Set tags or digests in a kustomization's ``images``; those not mentioned stay as they are."""
    path = _find(context)
    content = yaml.safe_load(path.read_text()) or {}
    wanted: dict[str, Object] = {}
    for image in context.config["images"]:
        if bool(image.get("tag")) == bool(image.get("digest")):
            raise StepError(
                f"invalid kustomize-set-image config: {image['image']}: exactly one of tag and digest must be set",
                terminal=True,
                status="Failed",
            )
        name = image.get("name") or image["image"]
        fields = {"name": name, "newName": image.get("newName")}
        fields |= {"digest": image["digest"]} if image.get("digest") else {"newTag": image["tag"]}
        wanted[name] = {key: value for key, value in fields.items() if value}

    merged = {image["name"]: image for image in content.get("images") or []} | wanted
    # In quotes: YAML 1.1, which this library writes, and the YAML that kustomize reads do not agree on
    # which plain texts are numbers, and 123456e7 is one of the cases.
    content["images"] = [{k: _Quoted(v) for k, v in merged[name].items()} for name in sorted(merged)]
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return StepResult(output={"commitMessage": _commit_message(context.config["path"], wanted)})


def _commit_message(path: str, images: dict[str, Object]) -> str:
    lines = []
    for name in sorted(images):
        image = images[name]
        tag = f":{image['newTag']}" if "newTag" in image else ""
        digest = f"@{image['digest']}" if "digest" in image else ""
        lines.append(f"- {image.get('newName', name)}{tag}{digest}")
    plural = "s" if len(images) > 1 else ""
    return f"Updated {path} to use new image{plural}\n\n" + "\n".join(lines)


def build(context: StepContext) -> StepResult:
    """Render a kustomization to one file per object, or to the one file that is named."""
    source = context.path(context.config["path"])
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(context.work_dir)}
    try:
        done = subprocess.run(
            ["kustomize", "build", str(source)],
            env=env,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StepError(f"kustomize build did not end within {_TIMEOUT}s") from error
    except FileNotFoundError as error:
        raise StepError("the kustomize program is missing in this image", terminal=True) from error
    if done.returncode:
        # Messages should speak of the repository, not of where it happens to lie.
        raise StepError(done.stderr.replace(str(context.work_dir.resolve()), "").strip())
    out = context.path(context.config["outPath"])
    if out.suffix in (".yaml", ".yml"):
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(done.stdout)
        return StepResult()
    out.mkdir(parents=True, exist_ok=True)
    for document in split_documents(done.stdout):
        (out / file_name(document)).write_text(document)
    return StepResult()


def split_documents(text: str) -> list[str]:
    """The objects in a stream, each byte for byte as it was: parsing and writing could only change it."""
    parts = re.split(r"^---[ \t]*\n", text, flags=re.MULTILINE)
    return [part for part in parts if part.strip()]


def file_name(document: str) -> str:
    """``[namespace-]kind-name.yaml``, Kargo's own scheme."""
    parsed = yaml.safe_load(document)
    meta = parsed["metadata"]
    parts = [meta.get("namespace"), parsed["kind"], meta["name"]]
    name = "-".join(part for part in parts if part).lower() + ".yaml"
    if "/" in name:
        raise StepError(f"{name} is not a file name", terminal=True)
    return name
