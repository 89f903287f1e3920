"""The work queue, and what is written back to the API server."""

from __future__ import annotations

import threading
import time

from workshop.kargo_lite.kube import merge_diff
from workshop.kargo_lite.workqueue import Key, WorkQueue

A, B = Key("Stage", "p", "a"), Key("Stage", "p", "b")


def wait_for(condition) -> None:
    limit = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.005)


def test_one_key_is_never_worked_on_twice_at_a_time() -> None:
    running, most, done, gate = 0, 0, 0, threading.Event()

    def work(_: Key) -> None:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        gate.wait(5)
        running -= 1
        done += 1

    queue = WorkQueue(work, threads=3)
    queue.start()
    queue.add(A)
    wait_for(lambda: running == 1)
    for _ in range(5):
        queue.add(A)  # five wishes during the work are one more piece of work
    time.sleep(0.05)
    gate.set()
    wait_for(lambda: done == 2)
    time.sleep(0.05)
    assert (most, done) == (1, 2)
    assert queue.is_alive()
    queue.stop()
    wait_for(lambda: not queue.is_alive())


def test_others_go_on_meanwhile() -> None:
    gate, seen = threading.Event(), []

    def work(key: Key) -> None:
        if key == A:
            gate.wait(5)
        seen.append(key)

    queue = WorkQueue(work, threads=2)
    queue.start()
    queue.add(A)
    queue.add(B)
    wait_for(lambda: seen == [B])
    gate.set()
    wait_for(lambda: seen == [B, A])
    queue.stop()


def test_the_earliest_wish_counts_and_errors_are_tried_again() -> None:
    times: list[float] = []

    def work(_: Key) -> float | None:
        times.append(time.monotonic())
        if len(times) == 1:
            return 0.05
        if len(times) == 2:
            raise ValueError("once")
        return None

    queue = WorkQueue(work, threads=1)
    queue.add(A, after=60)
    queue.add(A)
    queue.start()
    wait_for(lambda: len(times) == 3)
    assert times[1] - times[0] >= 0.05
    assert times[2] - times[1] >= 0.5
    queue.stop()


def test_only_what_changed_is_written() -> None:
    old = {"a": 1, "b": {"c": 1, "d": [1]}, "e": "x"}
    new = {"a": 1, "b": {"c": 2, "d": [1, 2]}, "f": {"g": 1}, "h": None}
    assert merge_diff(old, new) == {"b": {"c": 2, "d": [1, 2]}, "e": None, "f": {"g": 1}}
    assert merge_diff(old, old) == {}
