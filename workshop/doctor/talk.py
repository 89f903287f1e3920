"""What the presenter needs besides: notebooks and their kernel, slides, videos, a rehearsal that went well."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Final

from jupyter_core.paths import jupyter_path

from workshop import environment, paths
from workshop.doctor.check import Area, Check, Finding, apart, ask, bad, good
from workshop.rehearsal import flows, schedule
from workshop.rehearsal.report import REPORT_FILE
from workshop.videos import manifest

SLIDES_TOOL: Final = "presenterm"
LAST_REHEARSAL: Final = flows.LATEST / REPORT_FILE
_KERNEL_NEEDS: Final = ("ipykernel", "workshop")
_WHICH_ARE_MISSING: Final = (
    "import importlib.util as u, sys; print(*[name for name in sys.argv[1:] if u.find_spec(name) is None])"
)


def notebooks() -> Finding:
    """Are all notebooks there, and can they be read?"""
    wrong = []
    for file in (notebook.path for notebook in schedule.ALL):
        try:
            json.loads(file.read_text(encoding="utf-8"))["cells"]
        except FileNotFoundError:
            wrong.append(f"{file.name} não existe")
        except (ValueError, KeyError):
            wrong.append(f"{file.name} está estragado")
    if wrong:
        return bad("; ".join(wrong), "git checkout -- notebooks")
    return good(f"{len(schedule.ALL)} notebooks")


def kernel() -> Finding:
    """Does the kernel that the notebooks name exist, and does its Python have what they import?"""
    first = schedule.ALL[0].path
    if not first.exists():
        return bad(f"sem {first.name} não se sabe que kernel procurar", "git checkout -- notebooks")
    name = json.loads(first.read_text(encoding="utf-8"))["metadata"]["kernelspec"]["name"]
    # As jupyter_client looks for it, which takes a second to import.
    specs = [Path(folder) / name / "kernel.json" for folder in jupyter_path("kernels")]
    spec = next((file for file in specs if file.is_file()), None)
    if spec is None:
        return bad(f"não há kernel {name}", ".venv/bin/python -m ipykernel install --sys-prefix")
    program = json.loads(spec.read_text(encoding="utf-8"))["argv"][0]
    program = sys.executable if program in ("python", "python3") else program
    if Path(program) == Path(sys.executable):
        missing = [module for module in _KERNEL_NEEDS if importlib.util.find_spec(module) is None]
    else:
        missing = ask(program, "-c", _WHICH_ARE_MISSING, *_KERNEL_NEEDS).split()
    if missing:
        return bad(f"o Python do kernel {name} não tem {', '.join(missing)}", "make bootstrap")
    return good(f"{name}: {program}")


def lab() -> Finding:
    """Is JupyterLab in this environment?"""
    try:
        return good(f"JupyterLab {importlib.metadata.version('jupyterlab')}")
    except importlib.metadata.PackageNotFoundError:
        return bad("o JupyterLab não está no ambiente", "make bootstrap")


def slides_tool() -> Finding:
    """What shows the slides; the notebooks do without."""
    found = shutil.which(SLIDES_TOOL, path=environment.search_path())
    if found is None:
        return apart(
            f"{SLIDES_TOOL} não está aqui; só os slides precisam dele", "make slides   # constrói um, com o cargo"
        )
    return good(ask(SLIDES_TOOL, "--version").strip())


def videos() -> Finding:
    """Are the recordings there that stand in where the demonstration fails, and of these notebooks?"""
    wanted = manifest.videos(paths.VIDEOS)
    wrong = [complaint for video in wanted if (complaint := manifest.complaint(video))]
    if wrong:
        rest = f" (e mais {len(wrong) - 1})" if len(wrong) > 1 else ""
        return apart(
            f"{len(wanted) - len(wrong)} de {len(wanted)} vídeos de reserva em dia: {wrong[0]}{rest}", manifest.MAKE
        )
    return good(f"{len(wanted)} vídeos de reserva, dos notebooks de agora")


def last_rehearsal() -> Finding:
    """How the last rehearsal went, and how long ago that was."""
    if not LAST_REHEARSAL.exists():
        return apart("ainda não houve ensaio", "make rehearse")
    results = json.loads(LAST_REHEARSAL.read_text(encoding="utf-8"))
    hours = (time.time() - LAST_REHEARSAL.stat().st_mtime) / 3600
    ago = f"há {hours:.0f} h" if hours < 48 else f"há {hours / 24:.0f} dias"
    if not results.get("ok"):
        return apart(f"o último ensaio, {ago}, não passou", "make rehearse")
    return good(f"o último ensaio passou, {ago}")


def area() -> Area:
    """The checks of this module."""
    return Area(
        "Palestra",
        (
            Check("notebooks", "notebooks", notebooks),
            Check("kernel", "kernel", kernel),
            Check("lab", "JupyterLab", lab),
            Check("slides-tool", "slides", slides_tool),
            Check("videos", "vídeos", videos),
            Check("rehearsal", "ensaio", last_rehearsal),
        ),
    )
