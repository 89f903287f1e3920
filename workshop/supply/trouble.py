"""Why something could not be fetched: read from the words of docker, curl and helm, told with what helps."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

from workshop import process
from workshop.errors import WorkshopError


class Kind(Enum):
    """What kinds of trouble there are on the way to a publisher."""

    LIMIT = auto()
    CERTIFICATE = auto()
    FULL = auto()
    SLOW = auto()
    ABSENT = auto()
    DENIED = auto()
    UNREACHABLE = auto()
    DAMAGED = auto()
    OTHER = auto()


_SIGNS: Final = {
    Kind.LIMIT: r"toomanyrequests|\b429\b|rate limit",
    Kind.CERTIFICATE: r"x509|certificate|curl: \((35|51|58|60|77)\)",
    Kind.FULL: r"no space left|curl: \(23\)",
    # Before what is out of reach: a connection that is never answered is called both.
    Kind.SLOW: r"time-?out|timed out|deadline exceeded|curl: \(28\)|\b50[234]\b",
    Kind.ABSENT: r"manifest unknown|no matching manifest|not found|\b404\b",
    Kind.DENIED: r"denied|unauthorized|authentication required|\b40[13]\b",
    Kind.UNREACHABLE: (
        r"no such host|not resolve|name resolution|server misbehaving|unreachable|no route to host|"
        r"connection refused|curl: \([567]\)"
    ),
    Kind.DAMAGED: r"unexpected eof|connection reset|broken pipe|verif|curl: \((16|18|52|55|56|92)\)",
}
WORTH_ANOTHER_TRY: Final = frozenset({Kind.LIMIT, Kind.SLOW, Kind.DAMAGED})
PAUSES_SECONDS: Final = (3, 10)
"""How long is waited before the second and the third try."""

_ELSEWHERE: Final = "traga um pacote (scripts/import-bundle ARQUIVO), ou construa tudo aqui: WORKSHOP_SUPPLY=build"
_SENTENCES: Final = {
    Kind.LIMIT: (
        "{host} não entrega mais nada a este endereço por agora (429)",
        f"docker login   # ou espere; ou {_ELSEWHERE}",
    ),
    Kind.CERTIFICATE: (
        "o certificado de {host} não é de uma autoridade em que esta máquina confia",
        "ponha a autoridade da sua rede entre as do sistema e reinicie o Docker   # ou use outra rede",
    ),
    Kind.FULL: ("não há mais espaço em disco", "docker system prune   # e rode o mesmo comando de novo"),
    Kind.SLOW: ("{host} responde devagar demais, ou nada", f"rode o mesmo comando de novo   # ou {_ELSEWHERE}"),
    Kind.ABSENT: ("{host} não tem essa versão para este processador", f"git pull   # ou {_ELSEWHERE}"),
    Kind.DENIED: ("{host} recusa o acesso", f"docker logout {{host}}   # uma senha velha? ou {_ELSEWHERE}"),
    Kind.UNREACHABLE: ("{host} não pode ser alcançado daqui", f"confira a rede e o proxy   # ou {_ELSEWHERE}"),
    Kind.DAMAGED: ("{host} interrompeu a entrega", f"rode o mesmo comando de novo   # ou {_ELSEWHERE}"),
    Kind.OTHER: ("{host} não entregou", f"rode o mesmo comando de novo   # ou {_ELSEWHERE}"),
}  # fmt: skip


class NotFetched(WorkshopError):
    """Something could not be fetched. **kind**: why; **host**: from where."""

    def __init__(self, what: str, host: str, said: str) -> None:
        # A log begins with the command line, which has words of its own.
        said = "\n".join(line for line in said.splitlines() if not line.startswith("$ "))
        self.kind: Final = kind_of(said)
        self.host: Final = host
        why, fix = _SENTENCES[self.kind]
        super().__init__(
            f"{what} não veio: {why.format(host=host)}.", fix=fix.format(host=host), details=process.last_lines(said, 2)
        )


def kind_of(said: str) -> Kind:
    """What kind of trouble a program's last words tell."""
    return next((kind for kind, sign in _SIGNS.items() if re.search(sign, said, re.IGNORECASE)), Kind.OTHER)
