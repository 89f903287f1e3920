"""What Helm makes of the charts and Kustomize of the overlays, and the table in docs/overlays.md of what differs.

The table is computed from the rendered manifests, so it says what the cluster is told and not what somebody meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from workshop import paths
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.shell import helm, kustomize

Manifest = dict[str, Any]

DOCUMENT: Final = paths.ROOT / "docs" / "overlays.md"
BEGIN: Final = "<!-- tabela: make manifests -->"
END: Final = "<!-- fim da tabela -->"
CHARTS: Final = "helm"
BASE: Final = paths.ROOT / "k8s" / "base" / "helm-output"
"""What the overlays share: the charts, rendered."""
_ABSENT: Final = "—"
_EVERYTHING: Final = "todos os objetos"

_LABELS: Final = (
    (r"metadata\.namespace", "namespace"),
    (r"spec\.replicas", "réplicas"),
    (r".*\.env\[ENVIRONMENT\]\.value", "ambiente que a aplicação informa (`ENVIRONMENT`)"),
    (r".*\.env\[LOG_LEVEL\]\.value", "nível de log (`LOG_LEVEL`)"),
    (r".*\.env\[DATABASE_NAME\]\.value", "banco de dados, e seu usuário (`DATABASE_NAME`)"),
    (r".*\.env\[(\w+)\]\.value", r"variável `\1`"),
    (r".*\.resources\.requests\.cpu", "CPU reservada"),
    (r".*\.resources\.requests\.memory", "memória reservada"),
    (r".*\.resources\.limits\.cpu", "CPU, no máximo"),
    (r".*\.resources\.limits\.memory", "memória, no máximo"),
    (r"spec\.progressDeadlineSeconds", "prazo de um rollout, em segundos"),
)
"""What a path is called in the table, in its order. The first pattern that fits counts; a path that none fits comes
last, as it is."""


@dataclass(frozen=True)
class Row:
    """One difference.

    **label**: what it is, in Portuguese.
    **values**: one for each environment, in the order of `settings.ENVIRONMENTS`.
    **where**: the objects that say so.
    """

    label: str
    values: tuple[str, ...]
    where: str


def build(environment: str) -> str:
    """The manifests of one environment as YAML: what a promotion renders, before it sets the tags.

    Raises `WorkshopError` with Kustomize's own words where the overlay is wrong.
    """
    return kustomize.text("build", f"k8s/overlays/{environment}")


def documents(text: str) -> list[Manifest]:
    """The objects in a stream of YAML."""
    return [item for item in yaml.safe_load_all(text) if item]


def flat(value: Any, path: str = "") -> dict[str, str]:
    """Every leaf by its path, such as `spec.containers[backend].env[LOG_LEVEL].value`.

    Items of a list go by their name where they have one: then the order of the list makes no difference.
    """
    if not isinstance(value, dict | list) or not value:
        return {path: str(value)}
    leaves: dict[str, str] = {}
    for step, item in _steps(value):
        leaves |= flat(item, f"{path}{step}".removeprefix("."))
    return leaves


def _steps(value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f".{key}", item) for key, item in value.items())
        return
    for index, item in enumerate(value):
        name = item.get("name", index) if isinstance(item, dict) else index
        yield f"[{name}]", item


def differences(rendered: Mapping[str, Sequence[Manifest]]) -> list[Row]:
    """What is not the same in every environment, given the objects of each; equal rows of several objects are one."""
    objects = {
        environment: {f"{item['kind']}/{item['metadata']['name']}": flat(item) for item in manifests}
        for environment, manifests in rendered.items()
    }
    names = list(dict.fromkeys(name for found in objects.values() for name in found))
    where: dict[tuple[int, str, tuple[str, ...]], list[str]] = {}
    for name in names:
        for difference in _unlike([found.get(name) for found in objects.values()]):
            where.setdefault(difference, []).append(name)
    return [
        Row(label, values, _EVERYTHING if found == names else ", ".join(f"`{name}`" for name in found))
        for (_, label, values), found in sorted(where.items(), key=lambda item: item[0][0])
    ]


def _unlike(leaves: list[dict[str, str] | None]) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Rank, label and values of each path at which one object is not the same everywhere."""
    if None in leaves:
        yield -1, "existe", tuple(_ABSENT if found is None else "sim" for found in leaves)
        return
    present = [found for found in leaves if found is not None]
    for path in dict.fromkeys(path for found in present for path in found):
        values = tuple(found.get(path, _ABSENT) for found in present)
        if len(set(values)) > 1:
            yield *_labelled(path), values


def _labelled(path: str) -> tuple[int, str]:
    """Where a path stands in the table, and what it is called there."""
    for rank, (pattern, label) in enumerate(_LABELS):
        if match := re.fullmatch(pattern, path):
            return rank, match.expand(label)
    return len(_LABELS), f"`{path}`"


def _host() -> Row:
    """The one difference that is in no overlay: the gateway tells the environments apart by the host's first label."""
    hosts = tuple(str(urlsplit(config.environment_url(environment)).hostname) for environment in config.ENVIRONMENTS)
    return Row("host", hosts, "rota do gateway, que leva ao namespace")


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        f"| o que muda | {' | '.join(config.ENVIRONMENTS)} | onde está |",
        f"|---|{'---|' * len(config.ENVIRONMENTS)}---|",
    ]
    for row in rows:
        values = (value if value == _ABSENT else f"`{value}`" for value in row.values)
        lines.append(f"| {row.label} | {' | '.join(values)} | {row.where} |")
    return "\n".join(lines)


def with_table(text: str, rows: Sequence[Row]) -> str:
    """The document with its table replaced by the one of these rows.

    Raises `WorkshopError` where the document does not have both marks.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise WorkshopError(
            f"{DOCUMENT.name} não tem lugar para a sua tabela.", fix=f"ponha lá {BEGIN} e {END}, cada um em sua linha"
        )
    return f"{before}{BEGIN}\n\n{table(rows)}\n\n{END}{after}"


def document(builds: Mapping[str, str]) -> str:
    """What docs/overlays.md has to say, given what Kustomize made of each environment."""
    rows = differences({environment: documents(text) for environment, text in builds.items()})
    return with_table(DOCUMENT.read_text(encoding="utf-8"), [*rows, _host()])


def render_charts() -> Iterator[tuple[Path, str]]:
    """Render the application's charts into the base that the overlays share; each file, and what it is made from."""
    for chart in sorted((paths.ROOT / CHARTS).iterdir()):
        source, file = f"{CHARTS}/{chart.name}", BASE / chart.name / "all.yaml"
        text = helm.text("template", chart.name, source)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        yield file, source


def render_overlays() -> Iterator[tuple[Path, str]]:
    """Render every environment, for people to read, and the table of what differs; each file, and what is in it."""
    builds = {environment: build(environment) for environment in config.ENVIRONMENTS}
    paths.RENDERED.mkdir(parents=True, exist_ok=True)
    for environment, text in builds.items():
        file = paths.RENDERED / f"{environment}.yaml"
        file.write_text(text, encoding="utf-8")
        yield file, f"{len(documents(text))} objetos"
    DOCUMENT.write_text(document(builds), encoding="utf-8")
    yield DOCUMENT, f"o que muda entre {', '.join(builds)}"
