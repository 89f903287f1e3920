"""A persona's yes, shown: with Kargo's own command line where it is on PATH, else with kubectl.

Either way it is the persona's own service account that asks, and what it may do is what gitops/kargo/roles.yaml says.
"""

from __future__ import annotations

from workshop import settings as config
from workshop.kargo import promotions
from workshop.platform import kargo
from workshop.shell import Tool, kubectl
from workshop.shell import kargo as kargo_cli
from workshop.story import consent
from workshop.supply import tools


def approve(persona: str, stage: str, freight: str) -> None:
    """Ask for a Promotion as that persona (`qa`, `po`), and show the command that did it.

    Raises `WorkshopError` where it is refused.
    """
    tool, line, stdin = _request(persona, stage, freight)
    tool(line, stdin=stdin)


async def ask(persona: str, stage: str, freight: str) -> None:
    """The same, after a button was pressed by whoever plays the persona, and sees what for; headless, at once.

    Raises `WorkshopError` where it is refused, or nobody presses.
    """
    if config.is_live():
        await consent.wait_for(consent.question(persona, stage, freight))
    approve(persona, stage, freight)


def try_in_vain(persona: str, stage: str, freight: str) -> str:
    """The same, where it has to be refused: show the command, and return what it says.

    Raises `WorkshopError` where it succeeds.
    """
    tool, line, stdin = _request(persona, stage, freight)
    return tool.refused(line, stdin=stdin)


def uses_kargos_cli() -> bool:
    """Whether `kargo` is what asks: it talks to Kargo's API server, which kargo-lite does not have."""
    return kargo.kind() == "real" and tools.optional_path(kargo_cli.name) is not None


def _request(persona: str, stage: str, freight: str) -> tuple[Tool, str, str | None]:
    """The tool, its command line, and what it reads from standard input."""
    if uses_kargos_cli():
        login = f"create token {persona} --namespace {config.PROJECT}"
        print(f"$ kubectl {login}   # para KARGO_API_TOKEN")
        # In the environment: what stands on a command line shows in the process list.
        session = {"KARGO_API_ADDRESS": config.kargo_api(), "KARGO_API_TOKEN": kubectl.text(*login.split()).strip()}
        line = f"promote --project {config.PROJECT} --stage {stage} --freight {freight}"
        return kargo_cli.with_variables(session), line, None
    wish = promotions.manifest(stage, freight)
    print(wish)
    return kubectl, f"create --filename - --as {config.service_account(persona)}", wish
