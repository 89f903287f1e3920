"""Why a Stage waits, or has failed: one paragraph from what Kargo, Argo CD and the pods say of themselves.

`explain` computes with the objects that it is handed, and asks nobody; `ask` gets them. The order of its questions is
that of the machinery: who acts, what was found, what is on its way, how the last try ended, what comes next.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from typing import Any, Final

from workshop import paths
from workshop import settings as config
from workshop.board.state import ROLLBACK
from workshop.errors import WorkshopError
from workshop.kargo import promotions, why_pods
from workshop.kargo.objects import FINISHED, Snapshot, phase, step_name, youngest
from workshop.platform import kargo
from workshop.shell import kubectl

Object = dict[str, Any]

_REASONS: Final = {
    "clone": "o Kargo busca os branches no Git",
    "clear": "o Kargo esvazia a pasta do branch do ambiente",
    "set-image": "o Kargo escreve as tags no overlay",
    "render": "o Kargo gera os manifestos",
    "commit": "o Kargo faz o commit",
    "push": "o Kargo envia o commit ao Git",
    "sync": "o Argo CD sincroniza, e o portão (o Job smoke) confirma que é esta versão que responde",
    "wait": "o Argo CD termina de olhar a saúde",
    "remember": "o Kargo anota este commit como o último bom",
}
_GIT_REFUSES: Final = ("unable to access", "Failed to connect", "Could not resolve host", "Authentication failed")


@dataclass(frozen=True)
class Situation:
    """All that there is to know about one Stage."""

    stage: str
    kargo: Snapshot
    warehouse: Object = field(default_factory=dict)
    application: Object = field(default_factory=dict)
    workloads: tuple[Object, ...] = ()
    """The Deployments of Kargo, or of kargo-lite."""
    pods: tuple[Object, ...] = ()
    events: tuple[Object, ...] = ()
    """Of the environment's namespace."""


@dataclass(frozen=True)
class Reason:
    """Condition, cause, and the command that helps, or shows more."""

    condition: str
    cause: str
    command: str

    def __str__(self) -> str:
        return f"{self.condition} {self.cause}\n→ {self.command}"


def why(stage: str) -> None:
    """Print the paragraph about a Stage. Raises `WorkshopError` where there is no workshop to ask, or no such Stage."""
    print(explain(ask(stage)))


def ask(stage: str) -> Situation:
    """Everything about a Stage, from the cluster.

    Raises `WorkshopError` where the Stage's name is none of the workshop's, or the cluster does not answer.
    """
    if stage not in config.ENVIRONMENTS:
        raise WorkshopError(f"Não há Stage «{stage}».", fix=f"workshop why {' | '.join(config.ENVIRONMENTS)}")
    try:
        objects = _listed(config.PROJECT, "stages,promotions,freights,warehouses")
    except WorkshopError as error:
        raise WorkshopError(
            "O cluster da oficina não responde, ou o Kargo ainda não está nele.",
            fix="workshop doctor",
            details=error.details,
        ) from None
    warehouses = [item for item in objects if item["kind"] == "Warehouse"]
    inside = _listed(stage, "pods,events")
    applications = _listed(config.NAMESPACE_ARGOCD, "applications")
    return Situation(
        stage=stage,
        kargo=Snapshot.of(item for item in objects if item["kind"] != "Warehouse"),
        warehouse=warehouses[0] if warehouses else {},
        application=next((item for item in applications if item["metadata"]["name"] == config.application(stage)), {}),
        workloads=tuple(_listed(config.NAMESPACE_KARGO, "deployments")),
        pods=tuple(item for item in inside if item["kind"] == "Pod"),
        events=tuple(item for item in inside if item["kind"] == "Event"),
    )


def _listed(namespace: str, kinds: str) -> list[Object]:
    text = kubectl.text("get", kinds, "--namespace", namespace, "--output", "json", limit=20)
    found: list[Object] = json.loads(text)["items"]
    return found


def explain(now: Situation) -> Reason:
    """What keeps this Stage from having the newest version, or what went wrong; that all is well, where it is."""
    running = now.kargo.unfinished(now.stage)
    last = youngest(item for item in now.kargo.promotions if item["spec"]["stage"] == now.stage)
    if reason := _nobody_acts(now):
        return reason
    if running:
        return _under_way(now, running)
    if last and phase(last) in FINISHED - {"Succeeded"}:
        return _failed(now, last)
    return _unwell(now) or _held_back(now) or _nothing_found(now) or _next(now)


# -- Who acts ---------------------------------------------------------------------------------------
def _nobody_acts(now: Situation) -> Reason | None:
    namespace = config.NAMESPACE_KARGO
    if not now.workloads:
        return Reason("Não há Kargo no cluster.", "Ninguém olha o registry nem promove.", "workshop up")
    asleep = [item for item in now.workloads if not (item.get("status") or {}).get("readyReplicas")]
    # Scaled to nothing on purpose is not missing, unless it is the one that acts.
    acting = (kargo.REAL_WORKLOADS[0], kargo.LITE)
    missing = [i["metadata"]["name"] for i in asleep if i["spec"].get("replicas") or i["metadata"]["name"] in acting]
    if missing:
        return Reason(
            f"{' e '.join(missing)}: nenhum pod pronto.",
            "O Kargo não está rodando; enquanto isso nada é descoberto, promovido nem verificado.",
            f"kubectl -n {namespace} get pods,events   # e: workshop doctor --fix",
        )
    if now.stage not in now.kargo.stages:
        return Reason(f"Não há Stage {now.stage} no Projeto.", "O Kargo está no ar, sem a configuração.", "workshop up")
    return None


# -- A promotion that is on its way -----------------------------------------------------------------
def _under_way(now: Situation, running: list[Object]) -> Reason:
    first = next((item for item in running if phase(item) == "Running"), running[0])
    name, tag = first["metadata"]["name"], _tag_of(now, first)
    show = f"kubectl -n {config.PROJECT} get promotion {name} -o yaml"
    if phase(first) != "Running":
        return Reason(
            f"A promoção de {tag} para {now.stage} espera a sua vez.",
            _why_pending(now),
            f"kubectl -n {config.PROJECT} describe stage {now.stage}",
        )
    step, position, total = _step(first)
    back = step.startswith(ROLLBACK)
    failed = _failed_step(first)
    condition = (
        f"{now.stage} está voltando atrás de {tag}: passo {position} de {total} da volta ({step})."
        if back
        else f"{now.stage} está recebendo {tag}: passo {position} de {total} ({step})."
    )
    if trouble := _trouble(now, tag if not back else ""):
        return Reason(condition, trouble.cause, trouble.command)
    if back and failed:
        return Reason(condition, f"O passo {failed[0]} não deu certo; o último commit bom volta a ser o atual.", show)
    cause = _REASONS.get(step, "O Kargo executa os passos do Stage")
    waiting = ((now.application.get("status") or {}).get("operationState") or {}).get("message", "")
    if step == "sync" and waiting:
        cause = f"{cause}. Agora: {waiting}"
    return Reason(condition, f"{cause[0].upper()}{cause[1:]}.", show)


def _why_pending(now: Situation) -> str:
    status = now.kargo.stages[now.stage].get("status") or {}
    history = (status.get("freightHistory") or [{}])[0]
    if status.get("currentPromotion"):
        return "Um Stage faz uma promoção por vez, e a anterior ainda não terminou."
    if (status.get("health") or {}).get("status") == "Healthy" and history and not history.get("verificationHistory"):
        return "A versão atual está saudável e ainda não foi verificada; só depois disso começa a próxima."
    return "O Kargo ainda não olhou para ela."


def _step(promotion: Object) -> tuple[str, int, int]:
    """The step that runs, its number, and of how many: the way back is counted by itself."""
    steps = [step_name(step.get("as", "")) for step in promotion["spec"].get("steps") or []]
    known = (promotion.get("status") or {}).get("stepExecutionMetadata") or []
    current = next((step_name(step["alias"]) for step in known if step.get("status") == "Running"), "")
    if not current:
        index = int((promotion.get("status") or {}).get("currentStep") or 0)
        current = steps[index] if index < len(steps) else ""
    leads_back = current.startswith(ROLLBACK)
    way = [name for name in steps if name.startswith(ROLLBACK) is leads_back]
    return current, way.index(current) + 1 if current in way else 1, len(way)


# -- A promotion that did not succeed ---------------------------------------------------------------
def _failed(now: Situation, last: Object) -> Reason:
    status, tag = last.get("status") or {}, _tag_of(now, last)
    name = last["metadata"]["name"]
    show = f"kubectl -n {config.PROJECT} describe promotion {name}"
    if status["phase"] == "Aborted":
        words = status.get("message") or "alguém a encerrou"
        return Reason(f"A promoção de {tag} para {now.stage} foi encerrada.", f"{_sentence(words)}", show)
    step, message = _failed_step(last) or ("", status.get("message", ""))
    said = _what_it_means(step, message or status.get("message", ""))
    seen = why_pods.from_events(now.events, tag, status.get("startedAt", "")) if step == "sync" else ""
    cause = f"{said} {seen}".strip()
    back = {
        step_name(item["alias"]): item
        for item in status.get("stepExecutionMetadata") or []
        if step_name(item["alias"]).startswith(ROLLBACK) and item.get("status") != "Skipped"
    }
    lost = next((item for item in back.values() if item.get("status") in ("Errored", "Failed", "Aborted")), None)
    if lost:
        words = _sentence(lost.get("message", ""))
        return Reason(
            f"{now.stage} não aceitou {tag}, e a volta também falhou, no passo {step_name(lost['alias'])}.",
            f"{words} Antes disso: {cause[0].lower()}{cause[1:]} O ambiente pode estar com a versão ruim.",
            f"kubectl -n {now.stage} get pods; kubectl -n {config.NAMESPACE_ARGOCD} describe application"
            f" {config.application(now.stage)}",
        )
    if back:
        return Reason(
            f"{now.stage} voltou atrás: {tag} não passou no portão, e a versão anterior continua no ar.",
            f"{cause} O Kargo não repete uma promoção que falhou; a próxima versão vem normalmente.",
            f"git -C {_clone()} fetch -q && git -C {_clone()} log --oneline -3 origin/env/{now.stage}",
        )
    pushed = _status_of(last, "push") == "Succeeded"
    after = (
        "Não havia ainda um commit bom para onde voltar: o ambiente ficou com esta versão."
        if pushed
        else "Nada chegou ao ambiente: a versão anterior continua no ar."
    )
    return Reason(f"A promoção de {tag} para {now.stage} falhou no passo {step or '?'}.", f"{cause} {after}", show)


def _what_it_means(step: str, message: str) -> str:
    """In a sentence, what a failed step says."""
    if any(words in message for words in _GIT_REFUSES):
        return f"O Kargo não alcança o Git: {_last_line(message)}"
    if "synchronization tasks completed unsuccessfully" in message:
        return "O portão disse não: o Argo CD não conseguiu uma sincronização inteira e saudável."
    if "is not authorized" in message:
        return "O Argo CD não deixa este Stage mexer na Application: falta a anotação kargo.akuity.io/authorized-stage."
    if "ComparisonError" in message or (step == "wait" and "failed to" in message):
        return f"O Argo CD não conseguiu comparar o cluster com o Git: {_last_line(message)}"
    if "timed out after" in message:
        return f"O passo {step} não terminou a tempo: {_last_line(message)}"
    return _sentence(_last_line(message)) if message else "O Kargo não disse por quê."


def _failed_step(promotion: Object) -> tuple[str, str] | None:
    """The first step that did not succeed on the way forward, and what it says."""
    for step in (promotion.get("status") or {}).get("stepExecutionMetadata") or []:
        name = step_name(step["alias"])
        if step.get("status") in ("Errored", "Failed", "Aborted") and not name.startswith(ROLLBACK):
            return name, step.get("message", "")
    return None


def _status_of(promotion: Object, name: str) -> str:
    for step in (promotion.get("status") or {}).get("stepExecutionMetadata") or []:
        if step_name(step["alias"]) == name:
            return str(step.get("status", ""))
    return ""


# -- A Stage at rest --------------------------------------------------------------------------------
def _trouble(now: Situation, tag: str) -> Reason | None:
    """What Argo CD or the pods of that version complain about; of any version where none is given."""
    return _unreadable(now) or _broken(now, tag)


def _unreadable(now: Situation) -> Reason | None:
    for condition in (now.application.get("status") or {}).get("conditions") or []:
        if condition["type"].endswith("Error"):
            return Reason(
                f"O Argo CD não consegue trabalhar em {config.application(now.stage)} ({condition['type']}).",
                f"O Argo CD não alcança ou não entende o repositório: {_last_line(condition.get('message', ''))}",
                "workshop doctor   # Gitea, token do Argo CD, branches env/*",
            )
    return None


def _broken(now: Situation, tag: str) -> Reason | None:
    found = why_pods.complaint(now.pods, now.events, tag)
    if found is None:
        return None
    return Reason(f"{now.stage} não está saudável.", found.text, f"kubectl -n {now.stage} {found.command}")


def _unwell(now: Situation) -> Reason | None:
    status = now.kargo.stages[now.stage].get("status") or {}
    health = (status.get("health") or {}).get("status", "")
    if not now.kargo.holds(now.stage):
        return None
    # Pods that a healthy Stage has besides, such as those of an earlier Job, explain nothing.
    if trouble := _unreadable(now) or (_broken(now, "") if health != "Healthy" else None):
        return trouble
    if health in ("Unhealthy", "Progressing"):
        issues = "; ".join((status.get("health") or {}).get("issues") or []) or "sem mais detalhes"
        return Reason(
            f"{now.stage} tem a sua versão, e o Kargo a vê como {health}.",
            _sentence(issues),
            f"kubectl -n {config.NAMESPACE_ARGOCD} describe application {config.application(now.stage)}",
        )
    return None


def _held_back(now: Situation) -> Reason | None:
    status = now.kargo.stages[now.stage].get("status") or {}
    holds = status.get("effectiveAutoPromotionHolds") or status.get("autoPromotionHolds") or {}
    newest = _newest(now)
    for hold in holds.values():
        if not newest or newest["metadata"]["name"] == now.kargo.holds(now.stage):
            continue
        actor = hold.get("actor", "").rpartition(":")[2] or "alguém"
        return Reason(
            f"{now.stage} está retido em {_tag(now, hold['freightName'])}, embora exista {_tags(newest)}.",
            f"{actor} promoveu à mão um Freight mais antigo; o Kargo entende que ele deve ficar, e espera que alguém"
            " promova o mais novo.",
            _promote(now.stage, newest["metadata"]["name"], ""),
        )
    return None


def _nothing_found(now: Situation) -> Reason | None:
    conditions = {c["type"]: c for c in (now.warehouse.get("status") or {}).get("conditions") or []}
    describe = f"kubectl -n {config.PROJECT} describe warehouse {config.WAREHOUSE}"
    ready, pair = conditions.get("Ready", {}), conditions.get("FreightCreationCriteriaSatisfied", {})
    if ready.get("status") == "False":
        if ready.get("reason") == "MissingImageReferences":
            cause = "O registry ainda não tem uma imagem com uma tag de commit: o CI não publicou nada."
            return Reason("O Warehouse não achou imagem nenhuma.", cause, "workshop goto 04")
        return Reason("O Warehouse não conseguiu olhar o registry.", _sentence(ready.get("message", "")), describe)
    if pair.get("status") == "False" and pair.get("reason") == "CriteriaNotSatisfied":
        return Reason(
            "O Warehouse achou imagens novas, e ainda não fez um Freight delas.",
            "Frontend e backend mais novos não têm a mesma tag: só um dos dois foi enviado.",
            describe,
        )
    if not now.kargo.freights:
        look = f"kubectl -n {config.PROJECT} annotate warehouse {config.WAREHOUSE} --overwrite"
        return Reason(
            "Ainda não há Freight.",
            "O Warehouse não olhou o registry desde que uma imagem foi publicada, ou não havia o que achar.",
            f"{look} kargo.akuity.io/refresh=$(date +%s)",
        )
    return None


def _next(now: Situation) -> Reason:
    """Nothing is wrong: either all is done, or somebody or something has to come first."""
    newest = _newest(now)
    assert newest is not None  # noqa: S101 - _nothing_found has made sure
    name, tag, stage = newest["metadata"]["name"], _tags(newest), now.stage
    served = f"kubectl -n {config.PROJECT} get stages"
    if now.kargo.holds(stage) == name:
        if now.kargo.is_verified(stage, name):
            return Reason(f"{stage} está em dia.", f"Tem {tag}, o Freight mais novo, saudável e verificado.", served)
        return Reason(
            f"{stage} tem {tag}, ainda não verificado.",
            "O Kargo espera que a saúde se confirme; só então o próximo ambiente pode receber.",
            f"kubectl -n {config.PROJECT} describe stage {stage}",
        )
    index = config.ENVIRONMENTS.index(stage)
    before = config.ENVIRONMENTS[index - 1] if index else ""
    approved = stage in ((newest.get("status") or {}).get("approvedFor") or {})
    if before and not approved and not now.kargo.is_verified(before, name):
        return Reason(
            f"{stage} não pode receber {tag} ainda.",
            f"Ele não foi verificado em {before}, e só o que passou por {before} é oferecido a {stage}.",
            f"workshop why {before}",
        )
    if persona := config.APPROVERS.get(stage):
        return Reason(
            f"{stage} espera aprovação: {tag} pode entrar no lugar de {_tag(now, now.kargo.holds(stage))}.",
            f"Aqui nada anda sozinho; quem diz sim é {persona.upper()}, e mais ninguém.",
            _promote(stage, name, persona),
        )
    tried = now.kargo.newest(stage, name)
    if phase(tried) in FINISHED:
        return Reason(
            f"{stage} não tem {tag}, e o Kargo não vai tentar de novo.",
            "Essa promoção já terminou uma vez; o Kargo não repete por si.",
            _promote(stage, name, ""),
        )
    return Reason(
        f"{stage} vai receber {tag} a qualquer momento.",
        "A promoção é automática, e o Kargo ainda não a criou.",
        f"kubectl -n {config.PROJECT} describe stage {stage}",
    )


# -- Words ------------------------------------------------------------------------------------------
def _newest(now: Situation) -> Object | None:
    return max(now.kargo.freights, key=_age, default=None)


def _age(freight: Object) -> tuple[str, str]:
    discovered = freight.get("discoveredAt") or freight["metadata"].get("creationTimestamp", "")
    return str(discovered), str(freight["metadata"]["name"])


def _tags(freight: Object) -> str:
    return (
        " + ".join(sorted({image["tag"] for image in freight.get("images") or []})) or freight["metadata"]["name"][:7]
    )


def _tag(now: Situation, name: str) -> str:
    found = next((item for item in now.kargo.freights if item["metadata"]["name"] == name), None)
    return _tags(found) if found else name[:7] or "nada"


def _tag_of(now: Situation, promotion: Object) -> str:
    """The tag that a Promotion brings: of its own record, or of the Freight."""
    images = ((promotion.get("status") or {}).get("freight") or {}).get("images") or []
    return images[0]["tag"] if images else _tag(now, promotion["spec"].get("freight", ""))


def _last_line(message: str) -> str:
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    text = next((line for line in reversed(lines) if "fatal:" in line), lines[-1] if lines else "")
    return why_pods.cut(text)


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?…" else f"{text}."


def _clone() -> str:
    return str(paths.STORY_CLONE.relative_to(paths.ROOT))


def _promote(stage: str, freight: str, persona: str) -> str:
    """The command line that asks for it, as whoever may."""
    who = f" --as {config.service_account(persona)}" if persona else ""
    wish = json.dumps(promotions.wish(stage, freight), separators=(",", ":"))
    return f"echo {shlex.quote(wish)} | kubectl create -f -{who}"
