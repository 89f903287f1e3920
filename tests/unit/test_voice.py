"""Who hears what is said: whoever asked for it, and otherwise the terminal."""

from __future__ import annotations

import sys
import threading
from types import ModuleType, SimpleNamespace

import pytest

from workshop import voice


def test_without_a_listener_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    voice.say("olá")
    assert not voice.has_listener()
    assert capsys.readouterr().out == "olá\n"


def test_a_listener_hears_it_instead(capsys: pytest.CaptureFixture[str]) -> None:
    heard: list[str] = []
    with voice.heard_by(heard.append):
        assert voice.has_listener()
        voice.say("olá")
    assert (heard, capsys.readouterr().out) == (["olá"], "")


def test_the_innermost_listener_hears_and_the_outer_one_again_afterwards() -> None:
    outer: list[str] = []
    inner: list[str] = []
    with voice.heard_by(outer.append):
        voice.say("1")
        with pytest.raises(KeyError), voice.heard_by(inner.append):
            voice.say("2")
            raise KeyError
        voice.say("3")
    assert (outer, inner) == (["1", "3"], ["2"])


def test_unheard_is_heard_by_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    heard: list[str] = []
    with voice.heard_by(heard.append), voice.unheard():
        voice.say("olá")
    assert (heard, capsys.readouterr().out) == ([], "")


def test_a_crew_speaks_to_whom_its_maker_speaks_at_that_time() -> None:
    first: list[str] = []
    second: list[str] = []
    with voice.Crew(4) as crew:
        with voice.heard_by(first.append):
            list(crew.map(voice.say, map(str, range(20))))
        with voice.heard_by(second.append), voice.echoing(True):
            crew.submit(voice.say, "later").result()
            assert crew.submit(voice.echoes).result()
    assert sorted(first, key=int) == [str(number) for number in range(20)]
    assert second == ["later"]


def test_any_other_thread_prints(capsys: pytest.CaptureFixture[str]) -> None:
    heard: list[str] = []
    with voice.heard_by(heard.append):
        thread = threading.Thread(target=voice.say, args=("olá",))
        thread.start()
        thread.join()
    assert (heard, capsys.readouterr().out) == ([], "olá\n")


def test_commands_are_shown_where_a_block_wants_it() -> None:
    assert not voice.echoes()
    with voice.echoing(True):
        assert voice.echoes()
        with voice.echoing(False):
            assert not voice.echoes()
        assert voice.echoes()
    assert not voice.echoes()


@pytest.mark.parametrize(
    ("shell", "expected"), [(SimpleNamespace(kernel=1), True), (SimpleNamespace(), False), (None, False)]
)
def test_a_notebook_shows_them_and_a_terminal_does_not(
    monkeypatch: pytest.MonkeyPatch, shell: object, expected: bool
) -> None:
    ipython = ModuleType("IPython")
    ipython.get_ipython = lambda: shell  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert voice.echoes() is expected
    with voice.echoing(not expected):
        assert voice.echoes() is not expected
