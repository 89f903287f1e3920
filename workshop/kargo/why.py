"""Why a Stage waits, or has failed: one paragraph from what Kargo, Argo CD and the pods say of themselves.

`explain` computes with the objects that it is handed, and asks nobody; `ask` gets them. The order of its questions is
that of the machinery: who acts, what was found, what is on its way, how the last try ended, what comes next.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from typing import Final

from workshop import kube, paths
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.kargo import api, objects, promotions, task, why_pods
from workshop.kargo.objects import Object, Promotion, Snapshot, Step, Warehouse
from workshop.platform import kargo

_LIMIT_SECONDS: Final = 20.0
_GIT_REFUSES: Final = ("unable to access", "Failed to connect", "Could not resolve host", "Authentication failed")


@dataclass(frozen=True)
class Situation:
    """All that there is to know about one Stage."""

    stage: str
    kargo: Snapshot
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
        found = objects.look(limit=_LIMIT_SECONDS)
    except WorkshopError as error:
        raise WorkshopError(
            "O cluster da oficina não responde, ou o Kargo ainda não está nele.",
            fix="workshop doctor",
            details=error.details,
        ) from None
    application = kube.find("Application", config.application(stage), config.NAMESPACE_ARGOCD, limit=_LIMIT_SECONDS)
    return Situation(
        stage=stage,
        kargo=found,
        application=application or {},
        workloads=tuple(kube.objects("Deployment", config.NAMESPACE_KARGO, limit=_LIMIT_SECONDS)),
        pods=tuple(kube.objects("Pod", stage, limit=_LIMIT_SECONDS)),
        events=tuple(kube.objects("Event", stage, limit=_LIMIT_SECONDS)),
    )


def explain(now: Situation) -> Reason:
    """What keeps this Stage from having the newest version, or what went wrong; that all is well, where it is."""
    if reason := _nobody_acts(now):
        return reason
    if running := now.kargo.unfinished(now.stage):
        return _under_way(now, running[0])
    last = now.kargo.to(now.stage)[-1:]
    if last and last[0].has_failed:
        return _failed(now, last[0])
    return _unwell(now) or _held(now) or _nothing_found(now) or _next(now)


# -- Who acts ---------------------------------------------------------------------------------------
def _nobody_acts(now: Situation) -> Reason | None:
    namespace = config.NAMESPACE_KARGO
    if not now.workloads:
        return Reason("Não há Kargo no cluster.", "Ninguém olha o registro nem promove.", "workshop up")
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
def _under_way(now: Situation, first: Promotion) -> Reason:
    tag = _tag(first)
    show = f"kubectl -n {config.PROJECT} get promotion {first.name} -o yaml"
    if not first.is_running:
        return Reason(
            f"A promoção de {tag} para {now.stage} espera a sua vez.",
            _why_pending(now),
            f"kubectl -n {config.PROJECT} describe stage {now.stage}",
        )
    step, (position, total) = first.current or Step(""), first.position
    back = step.is_way_back
    condition = (
        f"{now.stage} está voltando atrás de {tag}: passo {position} de {total} da volta ({step.name})."
        if back
        else f"{now.stage} está recebendo {tag}: passo {position} de {total} ({step.name})."
    )
    if trouble := _trouble(now, "" if back else tag):
        return Reason(condition, trouble.cause, trouble.command)
    if back and first.failed_step:
        words = f"O passo {first.failed_step.name} não deu certo; o último commit bom volta a ser o atual."
        return Reason(condition, words, show)
    cause = task.words(step.name).sentence
    waiting = ((now.application.get("status") or {}).get("operationState") or {}).get("message", "")
    if step.name == "sync" and waiting:
        cause = f"{cause}. Agora: {waiting}"
    return Reason(condition, f"{cause[0].upper()}{cause[1:]}.", show)


def _why_pending(now: Situation) -> str:
    stage = now.kargo.stage(now.stage)
    if stage.current_promotion:
        return "Um Stage faz uma promoção por vez, e a anterior ainda não terminou."
    if stage.health == api.HEALTHY and stage.freight.name and not stage.is_verified:
        return "A versão atual está saudável e ainda não foi verificada; só depois disso começa a próxima."
    return "O Kargo ainda não olhou para ela."


# -- A promotion that did not succeed ---------------------------------------------------------------
def _failed(now: Situation, last: Promotion) -> Reason:
    tag = _tag(last)
    show = f"kubectl -n {config.PROJECT} describe promotion {last.name}"
    if last.phase == api.ABORTED:
        words = _sentence(last.message or "alguém a encerrou")
        return Reason(f"A promoção de {tag} para {now.stage} foi encerrada.", words, show)
    step = last.failed_step or Step("?")
    said = _what_it_means(step.name, step.message or last.message)
    seen = why_pods.from_events(now.events, tag, last.started) if step.name == "sync" else ""
    cause = f"{said} {seen}".strip()
    if lost := next((one for one in last.steps if one.is_way_back and one.has_failed), None):
        return Reason(
            f"{now.stage} não aceitou {tag}, e a volta também falhou, no passo {lost.name}.",
            f"{_sentence(lost.message)} Antes disso: {cause[0].lower()}{cause[1:]} O ambiente pode estar com a versão"
            " ruim.",
            f"kubectl -n {now.stage} get pods; kubectl -n {config.NAMESPACE_ARGOCD} describe application"
            f" {config.application(now.stage)}",
        )
    if last.has_turned_back:
        return Reason(
            f"{now.stage} voltou atrás: {tag} não passou no portão, e a versão anterior continua no ar.",
            f"{cause} O Kargo não repete uma promoção que falhou; a próxima versão vem normalmente.",
            f"git -C {_clone()} fetch -q && git -C {_clone()} log --oneline -3 origin/env/{now.stage}",
        )
    after = (
        "Não havia ainda um commit bom para onde voltar: o ambiente ficou com esta versão."
        if last.step("push").has_succeeded
        else "Nada chegou ao ambiente: a versão anterior continua no ar."
    )
    return Reason(f"A promoção de {tag} para {now.stage} falhou no passo {step.name}.", f"{cause} {after}", show)


def _what_it_means(step: str, message: str) -> str:
    """In a sentence, what a failed step says."""
    if any(words in message for words in _GIT_REFUSES):
        return f"O Kargo não alcança o Git: {_last_line(message)}"
    if "synchronization tasks completed unsuccessfully" in message:
        return "O portão disse não: o Argo CD não conseguiu uma sincronização inteira e saudável."
    if "is not authorized" in message:
        return (
            f"O Argo CD não deixa este Stage mexer na Application: falta a anotação {api.ANNOTATION_AUTHORIZED_STAGE}."
        )
    if "ComparisonError" in message or (step == "wait" and "failed to" in message):
        return f"O Argo CD não conseguiu comparar o cluster com o Git: {_last_line(message)}"
    if "timed out after" in message:
        return f"O passo {step} não terminou a tempo: {_last_line(message)}"
    return _sentence(_last_line(message)) if message else "O Kargo não disse por quê."


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
    stage = now.kargo.stage(now.stage)
    if not stage.freight.name:
        return None
    # Pods that a healthy Stage has besides, such as those of an earlier Job, explain nothing.
    if trouble := _unreadable(now) or (_broken(now, "") if stage.health != api.HEALTHY else None):
        return trouble
    if stage.health in ("Unhealthy", "Progressing"):
        return Reason(
            f"{now.stage} tem a sua versão, e o Kargo a vê como {stage.health}.",
            _sentence("; ".join(stage.issues) or "sem mais detalhes"),
            f"kubectl -n {config.NAMESPACE_ARGOCD} describe application {config.application(now.stage)}",
        )
    return None


def _held(now: Situation) -> Reason | None:
    hold, newest = now.kargo.stage(now.stage).hold, now.kargo.freights[:1]
    if not hold or not newest or newest[0].name == now.kargo.holds(now.stage):
        return None
    actor = hold.actor.rpartition(":")[2] or "alguém"
    return Reason(
        f"{now.stage} está retido em {_version(now, hold.freight)}, embora exista {newest[0].tag}.",
        f"{actor} promoveu à mão um Freight mais antigo; o Kargo entende que ele deve ficar, e espera que alguém"
        " promova o mais novo.",
        _promote(now.stage, newest[0].name, ""),
    )


def _nothing_found(now: Situation) -> Reason | None:
    warehouse = now.kargo.warehouse or Warehouse(config.WAREHOUSE)
    describe = f"kubectl -n {config.PROJECT} describe warehouse {config.WAREHOUSE}"
    ready = warehouse.conditions[api.READY]
    if ready.status == "False" and ready.reason == api.NO_IMAGES:
        cause = "O registro ainda não tem uma imagem com uma tag de commit: o CI não publicou nada."
        return Reason("O Warehouse não achou imagem nenhuma.", cause, "workshop goto 04")
    if ready.status == "False":
        return Reason("O Warehouse não conseguiu olhar o registro.", _sentence(ready.message), describe)
    if warehouse.has_half_a_pair:
        return Reason(
            "O Warehouse achou imagens novas, e ainda não fez um Freight delas.",
            "Frontend e backend mais novos não têm a mesma tag: só um dos dois foi enviado.",
            describe,
        )
    if not now.kargo.freights:
        look = f"kubectl -n {config.PROJECT} annotate warehouse {config.WAREHOUSE} --overwrite"
        return Reason(
            "Ainda não há Freight.",
            "O Warehouse não olhou o registro desde que uma imagem foi publicada, ou não havia o que achar.",
            f"{look} {api.ANNOTATION_REFRESH}=$(date +%s)",
        )
    return None


def _next(now: Situation) -> Reason:
    """Nothing is wrong: either all is done, or somebody or something has to come first."""
    newest, stage = now.kargo.freights[0], now.stage
    name, tag = newest.name, newest.tag
    if now.kargo.holds(stage) == name:
        if stage in newest.verified_in:
            served = f"kubectl -n {config.PROJECT} get stages"
            return Reason(f"{stage} está em dia.", f"Tem {tag}, o Freight mais novo, saudável e verificado.", served)
        return Reason(
            f"{stage} tem {tag}, ainda não verificado.",
            "O Kargo espera que a saúde se confirme; só então o próximo ambiente pode receber.",
            f"kubectl -n {config.PROJECT} describe stage {stage}",
        )
    index = config.ENVIRONMENTS.index(stage)
    before = config.ENVIRONMENTS[index - 1] if index else ""
    if before and stage not in newest.approved_for and before not in newest.verified_in:
        return Reason(
            f"{stage} não pode receber {tag} ainda.",
            f"Ele não foi verificado em {before}, e só o que passou por {before} é oferecido a {stage}.",
            f"workshop why {before}",
        )
    if persona := config.APPROVERS.get(stage):
        return Reason(
            f"{stage} espera aprovação: {tag} pode entrar no lugar de {_version(now, now.kargo.holds(stage))}.",
            f"Aqui nada anda sozinho; quem diz sim é {persona.upper()}, e mais ninguém.",
            _promote(stage, name, persona),
        )
    if (tried := now.kargo.newest(stage, name)) and tried.is_over:
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
def _version(now: Situation, freight: str) -> str:
    return now.kargo.tag(freight) or freight[:7] or "nada"


def _tag(promotion: Promotion) -> str:
    return promotion.tag or promotion.freight[:7]


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
