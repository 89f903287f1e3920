"""Which wheels the other machine needs, whose Python may be a little older."""

from __future__ import annotations

from workshop.bundle import wheels

REQUIREMENTS = """\
httpx==0.28.1 \\
    --hash=sha256:aa
overrides==7.7.0 ; python_full_version < '3.12' \\
    --hash=sha256:bb
soupsieve==2.10 ; python_full_version < '3.11.5' \\
    --hash=sha256:cc \\
    --hash=sha256:cd
    # via beautifulsoup4
soupsieve==4.1.2 ; python_full_version >= '3.11.5' \\
    --hash=sha256:dd
tomli==2 ; python_full_version <= '3.11.0a6'
"""


def test_what_depends_on_the_patch_release_comes_for_each() -> None:
    assert wheels.alternatives(REQUIREMENTS, (3, 11)) == [
        "soupsieve==2.10 \\\n    --hash=sha256:cc \\\n    --hash=sha256:cd\n    # via beautifulsoup4",
        "soupsieve==4.1.2 \\\n    --hash=sha256:dd",
        "tomli==2\n",
    ]


def test_another_minor_version_has_its_own() -> None:
    assert wheels.alternatives(REQUIREMENTS, (3, 12)) == []
