"""What docker, curl and helm say when something cannot be fetched, and what people are told then."""

from __future__ import annotations

import pytest

from workshop.supply.trouble import WORTH_ANOTHER_TRY, Kind, NotFetched, kind_of

DOCKER = "Error response from daemon: "
SAID = {
    DOCKER
    + "toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/": Kind.LIMIT,
    "curl: (22) The requested URL returned error: 429": Kind.LIMIT,
    DOCKER + 'Get "https://registry-1.docker.io/v2/": tls: failed to verify certificate: x509: certificate signed by '
    "unknown authority": Kind.CERTIFICATE,
    "curl: (60) SSL certificate problem: unable to get local issuer certificate": Kind.CERTIFICATE,
    "failed to register layer: write /usr/bin/x: no space left on device": Kind.FULL,
    DOCKER + 'Get "https://registry-1.docker.io/v2/": net/http: request canceled while waiting for connection '
    "(Client.Timeout exceeded while awaiting headers)": Kind.SLOW,
    DOCKER + 'Get "https://registry-1.docker.io/v2/": dial tcp 44.208.254.194:443: i/o timeout': Kind.SLOW,
    "curl: (28) Failed to connect to dl.k8s.io port 443 after 10001 ms: Timeout was reached": Kind.SLOW,
    "received unexpected HTTP status: 503 Service Unavailable": Kind.SLOW,
    DOCKER + "manifest for kindest/node:v9 not found: manifest unknown: manifest unknown": Kind.ABSENT,
    "no matching manifest for linux/riscv64 in the manifest list entries": Kind.ABSENT,
    "curl: (22) The requested URL returned error: 404": Kind.ABSENT,
    DOCKER + "pull access denied for x, repository does not exist or may require 'docker login'": Kind.DENIED,
    "curl: (22) The requested URL returned error: 403": Kind.DENIED,
    DOCKER + 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such '
    "host": Kind.UNREACHABLE,
    DOCKER + "dial tcp: lookup registry-1.docker.io: Temporary failure in name resolution": Kind.UNREACHABLE,
    DOCKER + "dial tcp [2600:1f18::1]:443: connect: network is unreachable": Kind.UNREACHABLE,
    "curl: (6) Could not resolve host: dl.k8s.io": Kind.UNREACHABLE,
    "curl: (5) Could not resolve proxy: proxy.example": Kind.UNREACHABLE,
    "curl: (7) Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn't connect to server": Kind.UNREACHABLE,
    "curl: (18) transfer closed with 4711 bytes remaining to read": Kind.DAMAGED,
    "unexpected EOF": Kind.DAMAGED,
    "read tcp 10.0.0.2:5000->1.2.3.4:443: read: connection reset by peer": Kind.DAMAGED,
    "filesystem layer verification failed for digest sha256:abc": Kind.DAMAGED,
    "something nobody has seen": Kind.OTHER,
}


@pytest.mark.parametrize(("said", "kind"), SAID.items(), ids=lambda value: str(value)[-40:])
def test_the_words_tell_the_kind(said: str, kind: Kind) -> None:
    assert kind_of(said) is kind


@pytest.mark.parametrize("said", SAID)
def test_what_is_told_names_the_host_and_quotes_its_words_and_always_helps(said: str) -> None:
    error = NotFetched("quay.io/x:1", "quay.io", f"Pulling\n{said}")
    assert said in error.details
    assert error.message.startswith("quay.io/x:1 não veio: ")
    assert error.fix
    assert "{" not in error.message + error.fix


def test_the_command_line_in_a_log_is_not_what_was_said() -> None:
    error = NotFetched("x", "get.helm.sh", "$ curl --connect-timeout 10\ncurl: (18) transfer closed")
    assert (error.kind, error.details) == (Kind.DAMAGED, "curl: (18) transfer closed")


def test_a_limit_is_answered_with_ways_around_it() -> None:
    error = NotFetched("x", "docker.io", "toomanyrequests")
    assert all(way in error.fix for way in ("docker login", "import-bundle", "WORKSHOP_SUPPLY=build"))


def test_only_what_may_pass_is_tried_again() -> None:
    assert {Kind.LIMIT, Kind.SLOW, Kind.DAMAGED} == WORTH_ANOTHER_TRY
