"""What the board is drawn from, kept up to date by watches: the API server tells what changes, nobody keeps asking.

One thread for each kind lists it once and then watches on from there. Where the server goes away (restart, timeout,
410 Gone) the thread lists anew, after a pause that doubles up to `LONGEST_PAUSE_SECONDS`; meanwhile what was seen last
stays, with the time since when nothing is heard (Kubernetes: API concepts, "Efficient detection of changes").
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from workshop import paths
from workshop import settings as config
from workshop.board import pods, state
from workshop.board.state import Board, Outage
from workshop.errors import WorkshopError
from workshop.kargo_lite import names

FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 3.0
CONNECT_SECONDS: Final = 3.0
WATCH_SECONDS: Final = 30
"""After so long the server ends a watch, and the next goes on where it stopped. A server that neither speaks nor ends
it has gone without a word, as a paused container does."""
ANSWER_SECONDS: Final = 5.0
"""For a first word of the server; a watch may be silent for `WATCH_SECONDS` more."""
HOPE_SECONDS: Final = 3.0
"""How long a first look may fail until it counts as failed."""
COMPLETE_SECONDS: Final = 15.0
_STOP_SECONDS: Final = 5.0


@dataclass(frozen=True)
class _Kind:
    """What is watched: a kind's group and plural, where, and which of it."""

    name: str
    group: str
    plural: str
    namespace: str = ""
    selector: str = ""


_KINDS: Final = (
    *(
        _Kind(name, names.GROUP, plural, config.PROJECT)
        for name, plural in (
            ("Warehouse", "warehouses"), ("Freight", "freights"), ("Stage", "stages"), ("Promotion", "promotions"),
        )
    ),
    _Kind("Application", "argoproj.io", "applications", config.NAMESPACE_ARGOCD),
    # Of all namespaces: one watch instead of three.
    _Kind("Pod", "", "pods", selector=pods.BACKEND),
)  # fmt: skip


def read() -> Board:
    """The board as it is now.

    Raises `WorkshopError` where there is no cluster to ask, or no Kargo in it.
    """
    with Feed() as feed:
        feed.wait()
        return feed.board()


class Feed:
    """The board's objects, as they are now.

    **changed**: called, in any thread, whenever there may be something new to see.

    Usage:

        with Feed(changed) as feed:
            feed.wait()      # for the first look at everything
            feed.board()     # and again after each `changed`
    """

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._changed = changed
        self._stopping = threading.Event()
        self._news = threading.Condition()
        self._objects: dict[str, dict[str, state.Object]] = {}
        self._troubles: dict[str, Outage] = {}
        self._watches: dict[str, Any] = {}
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Feed:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to watch.

        Raises `WorkshopError` where there is no cluster to watch.
        """
        client = _client()
        self._threads = [
            threading.Thread(target=self._follow, args=(client, kind), name=f"board-{kind.plural}", daemon=True)
            for kind in _KINDS
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all watches, and wait for their threads; no `changed` is called afterwards."""
        self._stopping.set()
        deadline = time.monotonic() + _STOP_SECONDS
        for thread in self._threads:
            # Again and again: the thread may be about to open the next watch.
            while thread.is_alive() and time.monotonic() < deadline:
                for watch in list(self._watches.values()):
                    watch.stop()
                thread.join(0.05)

    def wait(self, limit: float = COMPLETE_SECONDS) -> None:
        """Wait for the first look at everything; **limit**: seconds.

        Raises `WorkshopError` where the API server does not answer until then, or has no Kargo to show.
        """
        with self._news:
            self._news.wait_for(lambda: len(self._objects) == len(_KINDS) or self._is_hopeless(), timeout=limit)
            if len(self._objects) == len(_KINDS):
                return
            why = "; ".join(sorted({trouble.why for trouble in self._troubles.values()}))
        raise WorkshopError(
            "O cluster da oficina não responde, ou o Kargo ainda não está nele.", fix="workshop up", details=why
        )

    def board(self) -> Board:
        """The board by what has been heard so far."""
        with self._news:
            objects = {kind: list(found.values()) for kind, found in self._objects.items()}
            outage = min(self._troubles.values(), key=lambda trouble: trouble.since, default=None)
        return state.of(objects, outage)

    def _is_hopeless(self) -> bool:
        """Whether a first look has failed for so long that nobody has to wait for more."""
        failing = [trouble.since for kind, trouble in self._troubles.items() if kind not in self._objects]
        return bool(failing) and (datetime.now(UTC) - min(failing)).total_seconds() > HOPE_SECONDS

    def _follow(self, client: Any, kind: _Kind) -> None:
        # As kubernetes itself: the command line loads them only where they are needed.
        import urllib3  # noqa: PLC0415
        from kubernetes.client.exceptions import ApiException  # noqa: PLC0415

        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                version = self._list(client, kind)
                while not self._stopping.is_set():
                    version = self._watch(client, kind, version)
            except ApiException as error:
                # Gone is no outage: what was seen last is too long ago, and everything is listed anew.
                if error.status != HTTPStatus.GONE:
                    self._lose(kind, _refusal(error.status, error.reason))
            except (urllib3.exceptions.HTTPError, OSError, ValueError, KeyError) as error:
                self._lose(kind, _cause(error))
            if time.monotonic() - began > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS  # it did go well meanwhile
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _list(self, client: Any, kind: _Kind) -> str:
        """Everything of a kind, in place of what was known; returns the version to watch on from."""
        content = json.loads(_ask(client, kind, timeout=ANSWER_SECONDS).read())
        with self._news:
            self._objects[kind.name] = {_key(item): item for item in content["items"]}
            self._troubles.pop(kind.name, None)
            self._news.notify_all()
        self._tell()
        return str(content["metadata"]["resourceVersion"])

    def _watch(self, client: Any, kind: _Kind, version: str) -> str:
        """Take in what happens after a version until the server ends it; returns the last version seen."""
        import kubernetes  # noqa: PLC0415

        watch = kubernetes.watch.Watch(return_type="object")
        self._watches[kind.name] = watch

        def listen(**options: Any) -> Any:
            query = {
                "watch": "true",
                "allowWatchBookmarks": "true",
                "resourceVersion": options["resource_version"],
                "timeoutSeconds": options["timeout_seconds"],
            }
            return _ask(client, kind, timeout=WATCH_SECONDS + ANSWER_SECONDS, query=query).response

        began = time.monotonic()
        for event in watch.stream(listen, resource_version=version, timeout_seconds=WATCH_SECONDS):
            item = event["raw_object"]
            version = item["metadata"]["resourceVersion"]
            if event["type"] != "BOOKMARK":
                self._take(kind, event["type"], item)
            if self._stopping.is_set():
                break
        if time.monotonic() - began < FIRST_PAUSE_SECONDS:
            self._stopping.wait(FIRST_PAUSE_SECONDS)  # a server that ends every watch at once is not to be pestered
        return version

    def _take(self, kind: _Kind, happened: str, item: dict[str, Any]) -> None:
        with self._news:
            known = self._objects[kind.name]
            if happened == "DELETED":
                known.pop(_key(item), None)
            else:
                known[_key(item)] = item
        self._tell()

    def _lose(self, kind: _Kind, why: str) -> None:
        with self._news:
            if self._stopping.is_set():
                return
            since = self._troubles[kind.name].since if kind.name in self._troubles else datetime.now(UTC)
            self._troubles[kind.name] = Outage(since, why)
            self._news.notify_all()
        self._tell()

    def _tell(self) -> None:
        if not self._stopping.is_set():
            self._changed()


def _client() -> Any:
    """A client for the workshop's cluster."""
    # It takes a second to import, and the other commands do not wait for it.
    import kubernetes  # noqa: PLC0415

    if not paths.KUBECONFIG.exists():
        raise WorkshopError("Não há cluster da oficina nesta máquina.", fix="workshop up")
    settings = kubernetes.client.Configuration()
    try:
        kubernetes.config.load_kube_config(str(paths.KUBECONFIG), client_configuration=settings)
    except kubernetes.config.ConfigException as error:
        raise WorkshopError("Não dá para ler .workshop/kubeconfig.", fix="workshop up", details=str(error)) from None
    settings.proxy = None  # the cluster is on this machine, whatever the environment says
    settings.retries = False  # whoever follows tries again by itself, and wants to know at once
    settings.connection_pool_maxsize = 2 * len(_KINDS)
    return kubernetes.client.ApiClient(settings)


def _ask(client: Any, kind: _Kind, *, timeout: float, query: Mapping[str, Any] | None = None) -> Any:
    """Ask for a kind; the answer is not read yet. **timeout**: seconds between two pieces of it.

    Raises kubernetes' `ApiException` where the server refuses.
    """
    from kubernetes.client.exceptions import ApiException  # noqa: PLC0415

    base = f"/apis/{kind.group}/{names.VERSION}" if kind.group else "/api/v1"
    within = f"/namespaces/{kind.namespace}" if kind.namespace else ""
    method, url, headers, *_ = client.param_serialize(
        "GET",
        f"{base}{within}/{kind.plural}",
        query_params=[("labelSelector", kind.selector), *(query or {}).items()],
        header_params={"Accept": "application/json"},
        auth_settings=["BearerToken"],
    )
    answer = client.call_api(method, url, headers, _request_timeout=(CONNECT_SECONDS, timeout))
    if answer.status != HTTPStatus.OK:
        answer.read()
        raise ApiException(status=answer.status, reason=answer.reason)
    return answer


def _key(item: state.Object) -> str:
    return f"{item['metadata'].get('namespace', '')}/{item['metadata']['name']}"


def _refusal(status: int | None, reason: str | None) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return "o Kargo ou o Argo CD ainda não está no cluster"
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return "acesso recusado"
    return f"HTTP {status} {reason or ''}".strip()


def _cause(error: Exception) -> str:
    """What became of the connection, in a word or two."""
    words = repr(error)
    if "refused" in words:
        return "conexão recusada"
    return "sem resposta" if "timed out" in words or "Timeout" in words else "conexão perdida"
