"""What a film makes of a notebook: scenes, captions from its own text, what it stops at and where it ends."""

from __future__ import annotations

import json

import pytest

from workshop.rehearsal import schedule
from workshop.videos import manifest, script

STORY = [pytest.param(notebook, id=notebook.file) for notebook in schedule.STORY]


def cells(notebook: schedule.Notebook) -> list[tuple[str, str]]:
    return list(manifest.cells(json.loads(notebook.path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("notebook", STORY)
def test_every_cell_is_in_one_scene_in_order(notebook: schedule.Notebook) -> None:
    content = cells(notebook)
    shown = [
        position
        for scene in script.scenes(content)
        for position in (*scene.markdown, *([] if scene.code is None else [scene.code]))
    ]
    assert shown == list(range(len(content)))


@pytest.mark.parametrize("notebook", STORY)
def test_every_scene_has_a_caption_that_fits(notebook: schedule.Notebook) -> None:
    for scene in script.scenes(cells(notebook)):
        assert scene.pages
        assert all(0 < len(page) <= script.PAGE_CHARACTERS for page in scene.pages), scene.pages
        assert scene.heading


@pytest.mark.parametrize("notebook", STORY)
def test_captions_say_nothing_that_the_notebook_does_not(notebook: schedule.Notebook) -> None:
    content = cells(notebook)
    text = " ".join(script.plain(source.replace("\n", " ")) for _, source in content)
    for scene in script.scenes(content):
        words = set(" ".join(scene.pages).split()) | set(scene.heading.split())
        assert {word for word in words if word not in text} == set()


@pytest.mark.parametrize("notebook", STORY)
def test_it_begins_with_the_title(notebook: schedule.Notebook) -> None:
    assert script.title(cells(notebook)) == f"{notebook.number:02} · {notebook.title}"


@pytest.mark.parametrize("notebook", STORY[1:])
def test_it_ends_at_the_board_which_promotions_are_watched_on(notebook: schedule.Notebook) -> None:
    content = cells(notebook)
    assert "board.snapshot()" in content[script.closing(content)][1]
    watched = [scene for scene in script.scenes(content) if scene.watch is not None]
    assert watched
    assert all("board.show()" in content[scene.watch or 0][1] for scene in watched)


def test_without_a_board_it_ends_at_the_last_code() -> None:
    assert script.closing([("code", "1"), ("code", "2"), ("code", "  "), ("markdown", "# end")]) == 1


def test_a_scene_has_the_text_before_its_code() -> None:
    first, second, third = script.scenes(
        [
            ("markdown", "# 01 · Título\n\n> Para que serve.\n\n**Tempo:** 5 min"),
            ("code", "import x\n\nx.run()"),
            ("markdown", "Sem título."),
            ("markdown", "## Seção\n\nO *que* `é`, **e** [para quê](https://example.com)."),
            ("code", "second()"),
            ("code", "third()"),
        ]
    )
    assert (first.heading, first.pages, first.line) == ("01 · Título", ("Para que serve.",), "x.run()")
    assert (second.heading, second.pages) == ("Seção", ("Sem título. O que é, e para quê.",))
    assert (second.markdown, second.code, second.first, second.last) == ((2, 3), 4, 2, 4)
    assert (third.heading, third.pages, third.is_code) == ("Seção", ("third()",), True)


def test_drawings_and_marks_of_lists_are_left_out() -> None:
    assert script.prose("## Lista\n\n```\n a ──▶ b\n```\n- um;\n- dois,\n  e mais.\n\n1. três") == [
        "um;",
        "dois, e mais.",
        "três",
    ]


def test_a_name_with_underscores_keeps_them() -> None:
    assert script.plain("`read_only` e *a*/`b`") == "read_only e a/b"


def test_sentences_share_a_page_as_long_as_it_holds_them() -> None:
    short, long = "Curta.", "x" * (script.PAGE_CHARACTERS - 8)
    assert script.paged([short, short, long]) == [f"{short} {short}", long]


@pytest.mark.parametrize(
    "code",
    ["board.show()", 'await approvals.ask("qa", "stg", x)', "print(visitor.stop())", "ci.refused_merge(red)"],
)
def test_a_talk_stops_at_what_matters(code: str) -> None:
    (scene,) = script.scenes([("code", code)])
    assert scene.matters


def test_a_talk_does_not_stop_at_everything() -> None:
    (scene,) = script.scenes([("code", 'kubectl("get pods")')])
    assert not scene.matters
