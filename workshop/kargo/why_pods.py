"""What pods complain about, now or in the events they left: no image, a crash, not getting ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workshop.kargo.objects import LONG_AGO, Object, moment

_NO_IMAGE: Final = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"})
_CRASHES: Final = frozenset({"CrashLoopBackOff", "RunContainerError", "CreateContainerConfigError"})
_WORDS: Final = 260
"""How much of somebody else's message fits into a paragraph."""


@dataclass(frozen=True)
class Complaint:
    """A sentence, and what to ask kubectl for in that namespace."""

    text: str
    command: str


def complaint(pods: Iterable[Object], events: Iterable[Object], tag: str = "") -> Complaint | None:
    """What the pods that are there now complain about; the gravest first.

    **tag**: only pods of that version; of any where it is empty.
    """
    kept = tuple(events)
    mine = [pod for pod in pods if _is_of(pod, tag) and not pod["metadata"].get("deletionTimestamp")]
    for look in (_image, _crash, _unscheduled, _job, _unready):
        for pod in mine:
            if found := look(pod, kept):
                return found
    return None


def from_events(events: Iterable[Object], tag: str, since: datetime | None) -> str:
    """A sentence on what the pods of a version complained about that may be gone already; empty where none did.

    **since**: older events belong to an earlier try.
    """
    kept = [event for event in events if not since or _moment(event) >= since]
    names = {_name(event) for event in kept if f":{tag}" in event.get("message", "")}
    warnings = [event for event in kept if event.get("type") == "Warning" and _name(event) in names]
    for words, sentence in (
        ("Failed to pull image", "A imagem não pôde ser baixada"),
        ("Back-off restarting failed container", "O contêiner reiniciava sem parar"),
        ("BackoffLimitExceeded", "O Job smoke disse não"),
        ("Readiness probe failed", "O pod novo não ficou pronto"),
    ):
        found = [event for event in warnings if words in f"{event.get('reason')} {event.get('message', '')}"]
        if found:
            # The last one: the first seconds of a start are always refused connections.
            return f"{sentence}: {_one_line(max(found, key=_moment)['message'])}."
    return ""


def _is_of(pod: Object, tag: str) -> bool:
    return not tag or any(str(item.get("image", "")).endswith(f":{tag}") for item in pod["spec"]["containers"])


def _statuses(pod: Object) -> Iterator[Object]:
    status = pod.get("status") or {}
    yield from status.get("initContainerStatuses") or []
    yield from status.get("containerStatuses") or []


def _image(pod: Object, events: tuple[Object, ...]) -> Complaint | None:
    del events
    for status in _statuses(pod):
        waiting = (status.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in _NO_IMAGE:
            text = f"A imagem {status['image']} não pode ser baixada ({waiting['reason']}): {_words(waiting)}."
            return Complaint(text, f"describe pod {_pod(pod)}   # o registro: workshop doctor")
    return None


def _crash(pod: Object, events: tuple[Object, ...]) -> Complaint | None:
    del events
    for status in _statuses(pod):
        waiting = (status.get("state") or {}).get("waiting") or {}
        ended = (status.get("lastState") or {}).get("terminated") or {}
        if waiting.get("reason") in _CRASHES or (ended and not status.get("ready")):
            how = f"código {ended['exitCode']}" if "exitCode" in ended else _words(waiting)
            text = f"O contêiner {status['name']} reinicia sem parar ({status.get('restartCount', 0)} vezes; {how})."
            return Complaint(text, f"logs {_pod(pod)} --previous")
    return None


def _unscheduled(pod: Object, events: tuple[Object, ...]) -> Complaint | None:
    del events
    for condition in (pod.get("status") or {}).get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return Complaint(f"O pod {_pod(pod)} não coube no nó: {_words(condition)}.", f"describe pod {_pod(pod)}")
    return None


def _job(pod: Object, events: tuple[Object, ...]) -> Complaint | None:
    del events
    if (pod.get("status") or {}).get("phase") == "Failed":
        return Complaint(f"O Job do portão disse não (pod {_pod(pod)}).", f"logs {_pod(pod)}")
    return None


def _unready(pod: Object, events: tuple[Object, ...]) -> Complaint | None:
    if (pod.get("status") or {}).get("phase") != "Running" or all(status.get("ready") for status in _statuses(pod)):
        return None
    said = [event for event in events if _name(event) == _pod(pod) and event.get("reason") == "Unhealthy"]
    words = f": {_one_line(max(said, key=_moment)['message'])}" if said else ""
    return Complaint(f"O pod {_pod(pod)} está no ar, mas ainda não ficou pronto{words}.", f"logs {_pod(pod)}")


def _pod(pod: Object) -> str:
    return str(pod["metadata"]["name"])


def _name(event: Object) -> str:
    return str((event.get("involvedObject") or {}).get("name", ""))


def _moment(event: Object) -> datetime:
    written = event.get("lastTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp")
    return moment(written) or LONG_AGO


def _words(holder: Object) -> str:
    return _one_line(holder.get("message") or holder.get("reason") or "sem mais detalhes")


def _one_line(text: str) -> str:
    return cut(" ".join(text.split()).rstrip("."))


def cut(text: str) -> str:
    """As much of somebody else's message as fits into a paragraph."""
    return text if len(text) <= _WORDS else f"{text[: _WORDS - 1]}…"
