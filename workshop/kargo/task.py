"""The steps of gitops/kargo/promotiontask.yaml, in the audience's language. A test compares them with the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ROLLBACK: Final = "rollback"
"""How the names of the steps of the way back begin."""
COMMITS: Final = ("commit", f"{ROLLBACK}-commit")
"""The steps that make a commit."""


@dataclass(frozen=True)
class Words:
    """What a step does: **short** enough for the picture, and as a **sentence**'s beginning.

    **well**, **badly**: what it means that it went so; empty where nobody has to hear of it, or nothing special.
    """

    short: str
    sentence: str
    well: str = ""
    badly: str = ""


STEPS: Final = {
    "clone": Words("clona o Git", "o Kargo busca os branches no Git"),
    "clear": Words("limpa a pasta", "o Kargo esvazia a pasta do branch do ambiente"),
    "set-image": Words("põe a tag nova", "o Kargo escreve as tags no overlay"),
    "render": Words("renderiza", "o Kargo gera os manifestos"),
    "commit": Words("faz o commit", "o Kargo faz o commit"),
    "push": Words("envia o commit", "o Kargo envia o commit ao Git"),
    "sync": Words(
        "Argo CD e portão",
        "o Argo CD sincroniza, e o portão (o Job smoke) confirma que é esta versão que responde",
        well="o portão abriu: é a versão nova que responde",
        badly="o portão não abriu: a sincronização falhou",
    ),
    "wait": Words("espera a saúde", "o Argo CD termina de olhar a saúde", badly="o Argo CD não ficou saudável"),
    "remember": Words("anota o commit bom", "o Kargo anota este commit como o último bom"),
    "rollback": Words("busca o commit bom", "o Kargo busca no Git o último commit bom"),
    "rollback-clear": Words("limpa a pasta", "o Kargo esvazia a pasta do branch do ambiente"),
    "rollback-copy": Words("copia o que era bom", "o Kargo copia o que era bom"),
    "rollback-commit": Words("commit ROLLBACK", "o Kargo faz o commit ROLLBACK"),
    "rollback-push": Words("envia o ROLLBACK", "o Kargo envia o ROLLBACK ao Git"),
    "rollback-sync": Words("Argo CD e portão", "o Argo CD sincroniza a versão boa, e o portão a confirma"),
    "rollback-wait": Words(
        "espera a saúde",
        "o Argo CD termina de olhar a saúde",
        well="a versão boa está inteira de novo, e é ela que responde",
        badly="a volta não ficou saudável",
    ),
}
_UNKNOWN: Final = Words("", "o Kargo executa os passos do Stage")


def words(step: str) -> Words:
    """What a step does; something general where it is none of ours."""
    return STEPS.get(step, _UNKNOWN)
