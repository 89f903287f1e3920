"""Names every pinned dependency with a known vulnerability, and fails then.

python -m vulnerabilities.check requirements.txt …
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ADVISORIES = Path(__file__).with_name("advisories.json")


def pins(requirements: Path) -> Iterator[tuple[str, Version]]:
    """Each dependency of a requirements file, with its exact version.

    Raises ValueError for a line that has none: what is not pinned cannot be looked up.
    """
    for number, line in enumerate(requirements.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.split("#")[0].strip()
        if not text:
            continue
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise ValueError(f"{requirements}:{number}: {text}: {error}") from None
        exact = [pin.version for pin in requirement.specifier if pin.operator == "=="]
        if len(exact) != 1:
            raise ValueError(f"{requirements}:{number}: {text}: not pinned to one version with ==")
        yield canonicalize_name(requirement.name), Version(exact[0])


def is_affected(version: Version, advisory: dict[str, Any]) -> bool:
    """Does the advisory name this version?

    Ranges are pairs [introduced, fixed), as in the Open Source Vulnerability format; without an end, `null`.
    """
    if str(version) in advisory["versions"]:
        return True
    return any(
        Version(introduced) <= version and (fixed is None or version < Version(fixed))
        for introduced, fixed in advisory["ranges"]
    )


def findings(requirements: Path, known: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """One line for each advisory that a pinned dependency falls under."""
    for name, version in pins(requirements):
        for advisory in known.get(name, []):
            if is_affected(version, advisory):
                also = f" ({', '.join(advisory['aliases'])})" if advisory["aliases"] else ""
                fixed = [end for _, end in advisory["ranges"] if end is not None and version < Version(end)]
                cure = f"fixed in {min(fixed, key=Version)}" if fixed else "no fixed version is known"
                yield f"{requirements}: {name} {version}: {advisory['id']}{also}, {cure}"


def main(*files: str) -> int:
    """Check the files: 0 where nothing is known, 1 where something is, 2 where one cannot be read."""
    snapshot = json.loads(ADVISORIES.read_text(encoding="utf-8"))
    try:
        found = sorted({line for file in files for line in findings(Path(file), snapshot["advisories"])})
    except (OSError, ValueError) as error:
        print(f"vulnerabilities: {error}", file=sys.stderr)
        return 2
    print("\n".join([*found, f"{len(found)} known vulnerabilities by the advisories of {snapshot['date']}"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
