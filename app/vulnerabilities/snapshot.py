"""Makes advisories.json anew, from a clone of the Python Packaging Advisory Database.

python -m vulnerabilities.snapshot CLONE
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from vulnerabilities.check import ADVISORIES

SOURCE = "https://github.com/pypa/advisory-database"


def read(clone: Path) -> dict[str, list[dict[str, Any]]]:
    """Every advisory that still stands, by the package's normalised name."""
    packages: dict[str, list[dict[str, Any]]] = {}
    for file in sorted((clone / "vulns").rglob("*.yaml")):
        entry = yaml.safe_load(file.read_text(encoding="utf-8"))
        if "withdrawn" in entry:
            continue
        for affected in entry["affected"]:
            ranges = [pair for one in affected.get("ranges", []) for pair in pairs(one)]
            packages.setdefault(canonicalize_name(affected["package"]["name"]), []).append(
                {
                    "id": entry["id"],
                    "aliases": sorted(entry.get("aliases", [])),
                    "ranges": ranges,
                    # Ranges say it shorter where they are in versions; in commits they say nothing to a pin.
                    "versions": [] if ranges else affected.get("versions", []),
                }
            )
    return packages


def pairs(one: dict[str, Any]) -> list[tuple[str, str | None]]:
    """The range's [introduced, fixed) pairs; none where it counts in commits, or in what is no version."""
    if one["type"] != "ECOSYSTEM":
        return []
    found: list[tuple[str, str | None]] = []
    for event in one["events"]:
        ((what, version),) = event.items()
        try:
            Version(version)
        except InvalidVersion:
            return []
        if what == "introduced":
            found.append((version, None))
        elif what == "fixed" and found:
            found[-1] = (found[-1][0], version)
        else:
            # last_affected and limit: the list of versions says them exactly.
            return []
    return found


def main(clone: str) -> int:
    """Write advisories.json: one line for each package, so that a new snapshot can be read as a diff."""
    commit, date = git(clone, "log", "-1", "--format=%H %cs").split()
    packages = read(Path(clone))
    head = {"source": SOURCE, "licence": "CC-BY-4.0", "commit": commit, "date": date}
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    entries = [f"{json.dumps(name)}: {json.dumps(packages[name])}" for name in sorted(packages)]
    body = ",\n".join(entries)
    document = "{\n" + ",\n".join(lines) + ',\n"advisories": {\n' + body + "\n}}\n"
    ADVISORIES.write_text(document, encoding="utf-8")
    print(f"{sum(map(len, packages.values()))} advisories of {len(packages)} packages, {date}")
    return 0


def git(clone: str, *arguments: str) -> str:
    """What git says about the clone."""
    return subprocess.run(["git", "-C", clone, *arguments], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
