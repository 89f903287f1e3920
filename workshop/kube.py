"""The one way to ask the cluster for its objects, and to hear of what happens to them; on the package `kubernetes`.

For what the workshop wants to know: kubectl (`shell`) is for what people are shown, and for what is changed. A question
costs some milliseconds here and a program of its own there. Safe in threads; never through a proxy.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from workshop import paths
from workshop import settings as config
from workshop.errors import WorkshopError

Object = dict[str, Any]
"""As the API server writes it: of what is built in, `kind` and `apiVersion` are missing in a list."""

LIMIT_SECONDS: Final = 10.0
"""What a question gets by default."""
WATCH_SECONDS: Final = 30
"""After so long the server ends a watch, and the next goes on where it stopped. A server that neither speaks nor ends
it has gone without a word, as a paused container does."""
_CONNECT_SECONDS: Final = 3.0
_AGAIN_SECONDS: Final = 0.5
"""Before a question is put again that came too early."""
_GRACE_SECONDS: Final = 5.0
"""How much later than asked for a watch may end."""
_CONNECTIONS: Final = 32
"""Kept open for the next question; a thread for every check asks at once."""

_CORE, _APPS = "/api/v1", "/apis/apps/v1"
_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_KARGO = "/apis/kargo.akuity.io/v1alpha1"
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "Node": (_CORE, "nodes"),
    "Namespace": (_CORE, "namespaces"),
    "Pod": (_CORE, "pods"),
    "Event": (_CORE, "events"),
    "Secret": (_CORE, "secrets"),
    "ConfigMap": (_CORE, "configmaps"),
    "ServiceAccount": (_CORE, "serviceaccounts"),
    "Deployment": (_APPS, "deployments"),
    "StatefulSet": (_APPS, "statefulsets"),
    "ValidatingWebhookConfiguration": (_ADMISSION, "validatingwebhookconfigurations"),
    "MutatingWebhookConfiguration": (_ADMISSION, "mutatingwebhookconfigurations"),
    "Application": ("/apis/argoproj.io/v1alpha1", "applications"),
    "Project": (_KARGO, "projects"),
    "Warehouse": (_KARGO, "warehouses"),
    "Freight": (_KARGO, "freights"),
    "Stage": (_KARGO, "stages"),
    "Promotion": (_KARGO, "promotions"),
}
"""Kind → where the API server has it: its group and version, and its plural."""


class Failed(WorkshopError):
    """The API server refused, or did not answer.

    **why**: in a word or two. **status**: HTTP's, 0 where there was no answer at all.
    """

    def __init__(self, message: str, fix: str, *, why: str, status: int = 0) -> None:
        super().__init__(message, fix)
        self.why = why
        self.status = status


# -- Questions ---------------------------------------------------------------------------------------
def objects(kind: str, namespace: str = "", *, selector: str = "", limit: float = LIMIT_SECONDS) -> list[Object]:
    """What the cluster has of a kind, in one namespace or in all; none where there is no such namespace.

    **kind**: such as `Stage`. **selector**: of labels, as kubectl takes it. **limit**: seconds.

    Raises `Failed` where the cluster does not answer or does not know the kind; `WorkshopError` where there is none.
    """
    found: list[Object] = _listed(kind, namespace, selector, limit)["items"]
    return found


def find(kind: str, name: str, namespace: str = "", *, limit: float = LIMIT_SECONDS) -> Object | None:
    """One object; None where it is not there, nor its kind. **limit**: seconds. Raises as `objects` does."""
    try:
        with _failures(kind):
            found: Object = json.loads(_ask(f"{_path(kind, namespace)}/{name}", limit=limit).read())
            return found
    except Failed as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise


def listing(
    kind: str, namespace: str = "", *, selector: str = "", limit: float = LIMIT_SECONDS
) -> tuple[list[Object], str]:
    """The same as `objects`, and the version from which a `Watch` goes on."""
    content = _listed(kind, namespace, selector, limit)
    return content["items"], content["metadata"]["resourceVersion"]


def _listed(kind: str, namespace: str, selector: str, limit: float) -> Object:
    with _failures(kind):
        content: Object = json.loads(_ask(_path(kind, namespace), _selecting(selector), limit=limit).read())
        return content


def require_kubeconfig() -> None:
    """Raise `WorkshopError` where there is no way to a cluster, or it cannot be read."""
    _client()


def require_ready(*, limit: float = LIMIT_SECONDS) -> None:
    """Raise as `objects` does where the API server does not say of itself that it is ready. **limit**: seconds."""
    with _failures():
        _ask("/readyz", limit=limit)


def client_certificate() -> bytes:
    """The certificate with which we sign in (PEM). Raises `WorkshopError` where there is none."""
    file: str | None = _client().configuration.cert_file
    if not file:
        raise _unreadable("não há nele um certificado de cliente")
    return Path(file).read_bytes()


# -- Watching ----------------------------------------------------------------------------------------
class Watch:
    """What happens to the objects of a kind: `(ADDED | MODIFIED | DELETED, object)`, until the server ends it.

    **since**: a version; from there on. Where empty, everything that is there comes first, as added.
    **seconds**: when the server ends it.
    **version**: the last one that was heard of, for the next watch.

    Iterating raises as `objects` does; `Failed` of status 410 where `since` is too long ago, and all has to be listed.
    """

    def __init__(
        self, kind: str, namespace: str = "", *, since: str = "", selector: str = "", seconds: int = WATCH_SECONDS
    ) -> None:
        self.version = since
        self._kind, self._path, self._seconds = kind, _path(kind, namespace), seconds
        self._query = {**_selecting(selector), "watch": "true", "allowWatchBookmarks": "true"}
        self._stream: Any = _package().watch.Watch(return_type="object")

    def __iter__(self) -> Iterator[tuple[str, Object]]:
        with _failures(self._kind):
            for event in self._stream.stream(self._open, timeout_seconds=self._seconds):
                self.version = event["raw_object"]["metadata"]["resourceVersion"]
                if event["type"] != "BOOKMARK":
                    yield event["type"], event["raw_object"]

    def stop(self) -> None:
        """End it, from any thread; whoever iterates gets the end, or `Failed`."""
        self._stream.stop()

    def _open(self, **_: object) -> Any:
        query = {**self._query, "timeoutSeconds": str(self._seconds)}
        if self.version:
            query["resourceVersion"] = self.version
        return _ask(self._path, query, limit=(_CONNECT_SECONDS, self._seconds + _GRACE_SECONDS)).response


# -- How it is asked ---------------------------------------------------------------------------------
def _path(kind: str, namespace: str) -> str:
    group, plural = KINDS[kind]
    return f"{group}/namespaces/{namespace}/{plural}" if namespace else f"{group}/{plural}"


def _selecting(selector: str) -> dict[str, str]:
    return {"labelSelector": selector} if selector else {}


def _ask(path: str, query: Mapping[str, str] | None = None, *, limit: float | tuple[float, float]) -> Any:
    """The answer, not yet read. **limit**: seconds for all of it; or until connected, and between two pieces."""
    client = _client()
    method, url, headers, *_ = client.param_serialize(
        "GET", path, query_params=list((query or {}).items()),
        header_params={"Accept": "application/json"}, auth_settings=["BearerToken"],
    )  # fmt: skip
    deadline = time.monotonic() + (limit if isinstance(limit, float | int) else sum(limit))
    while True:
        left = limit if isinstance(limit, tuple) else max(_AGAIN_SECONDS, deadline - time.monotonic())
        answer = client.call_api(method, url, headers, _request_timeout=left)
        if answer.status == HTTPStatus.OK:
            return answer
        answer.read()
        # Asked again, as kubectl does: so says a server that has just started, of kinds that it is getting ready for.
        if answer.status != HTTPStatus.TOO_MANY_REQUESTS or time.monotonic() >= deadline:
            raise _package().client.ApiException(status=answer.status, reason=answer.reason)
        time.sleep(_AGAIN_SECONDS)


@contextmanager
def _failures(kind: str = "") -> Iterator[None]:
    """Within the block the failures of the library become ours."""
    import urllib3  # noqa: PLC0415 - with `kubernetes`

    try:
        yield
    except _package().client.ApiException as error:
        raise _refused(kind, error.status or 0, error.reason or "") from None
    except (urllib3.exceptions.HTTPError, OSError, ValueError, KeyError, TypeError) as error:
        why = _cause(error)
        fix = f"docker start {config.NODE_CONTAINER}   # ainda não há cluster? make up"
        raise Failed(f"A API do Kubernetes não responde ({why}).", fix, why=why) from None


def _refused(kind: str, status: int, reason: str) -> Failed:
    plural = KINDS[kind][1] if kind else "isso"
    if status == HTTPStatus.NOT_FOUND:
        return Failed(f"O cluster não conhece {plural}.", "make up", why=f"não conhece {plural}", status=status)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Failed(
            f"A API do Kubernetes recusa o acesso a {plural} (HTTP {status}).", "make down && make up",
            why="acesso recusado", status=status,
        )  # fmt: skip
    why = f"HTTP {status} {reason}".strip()
    return Failed(f"A API do Kubernetes não está pronta ({why}).", "workshop doctor", why=why, status=status)


def _cause(error: Exception) -> str:
    """What became of the connection, in a word or two."""
    if isinstance(error, ValueError | KeyError | TypeError):
        return "resposta sem sentido"
    words = repr(error)
    if "refused" in words:
        return "conexão recusada"
    return "sem resposta" if "timed out" in words or "Timeout" in words else "conexão perdida"


# -- The way to the cluster --------------------------------------------------------------------------
_lock: Final = threading.Lock()
_clients: Final[dict[tuple[Path, int], Any]] = {}
"""By kubeconfig, and when that was written: at most one. Whoever still asks with another one has it to the end."""


def _client() -> Any:
    """A client for the workshop's cluster, as its kubeconfig is now."""
    file = paths.KUBECONFIG
    try:
        key = (file, file.stat().st_mtime_ns)
    except FileNotFoundError:
        raise WorkshopError(
            "Não há cluster da oficina nesta máquina (falta .workshop/kubeconfig).", fix="make up"
        ) from None
    with _lock:
        if key not in _clients:
            client = _made(file)
            _clients.clear()
            _clients[key] = client
        return _clients[key]


def _made(file: Path) -> Any:
    package = _package()
    settings = package.client.Configuration()
    try:
        package.config.load_kube_config(str(file), client_configuration=settings)
        settings.proxy = None  # the cluster is on this machine, whatever the environment says
        settings.retries = False  # whoever waits tries again by itself, and wants to know at once
        settings.connection_pool_maxsize = _CONNECTIONS
        return package.client.ApiClient(settings)
    except Exception as error:  # the library does not say which: a file that is no YAML, no key, no certificate
        raise _unreadable(str(error)) from None


def _unreadable(why: str) -> WorkshopError:
    return WorkshopError(
        "Não dá para ler .workshop/kubeconfig.",
        fix="rm .workshop/kubeconfig && make up",
        details=why,
    )


def _package() -> Any:
    """It takes most of a second to import, and not every command has to do with the cluster."""
    import kubernetes  # noqa: PLC0415

    return kubernetes
