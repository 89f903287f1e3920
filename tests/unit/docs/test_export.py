"""What `make slides` looks at after presenterm: a slide that loses something, a snippet that fails."""

from __future__ import annotations

import pytest

from workshop.docs import generated, slides, workbench
from workshop.errors import WorkshopError

FRONT = "---\ntitle: A\n---\n"
SLIDE = 'Título\n===\n\nDuas **palavras** e um [link](https://x.y).\n\n```yaml\nkind: Stage\n  name: "a"\n```\n'
TEXT = f"{FRONT}{SLIDE}<!--\nspeaker_note: nada disto\n-->\n<!-- end_slide -->\nFim\n===\n"


def page(*rows: str) -> str:
    lines = "".join(f'<div class="content-line"><pre><span>{row}</span></pre></div>\n' for row in rows)
    return f'<div class="container">\n{lines}</div>\n'


WHOLE = page("", " Título", "Duas palavras e um", "link (https://x.y).", "  kind: Stage  │", '    name: "a" │')


def exported(second: str) -> str:
    return f"<html><head>\n</head><body>{page('A')}{second}{page('Fim')}<script>const pre = 1;</script></body></html>"


def test_a_slide_is_what_stands_between_two_ends() -> None:
    assert slides.sources(TEXT) == ["title: A\n", TEXT.removeprefix(FRONT).split(slides._END)[0], "\nFim\n===\n"]


def test_the_pages_are_read_row_by_row() -> None:
    assert slides.pages(exported(WHOLE))[1].splitlines()[4:] == ["  kind: Stage  │", '    name: "a" │']


def test_a_slide_that_is_all_there_loses_nothing() -> None:
    slides.check(TEXT, exported(WHOLE))


@pytest.mark.parametrize(
    ("gone", "lost"),
    [
        (page(" Título", "Duas palavras e um link", "kind: Stage"), '  name: "a"'),  # fell off the page
        (page(" Título", "Duas palavras e um link", "kind:", "Stage", '  name: "a"'), "kind: Stage"),  # broken in two
        (page(" Título", "Duas palavras e um", "kind: Stage", '  name: "a"'), "link"),
    ],
)
def test_what_is_not_on_the_page_is_an_error(gone: str, lost: str) -> None:
    with pytest.raises(WorkshopError) as raised:
        slides.check(TEXT, exported(gone))
    assert raised.value.details == f"2: {lost}"


def test_a_page_too_few_is_an_error() -> None:
    with pytest.raises(WorkshopError, match="3 slides"):
        slides.check(TEXT, page("A") + WHOLE)


@pytest.mark.parametrize(
    ("head", "code"),
    [("bash +validate", "true"), ("bash +validate +expect:failure", "exit 3"), ("python +validate", "assert 1")],
)
def test_a_snippet_that_does_what_it_should(head: str, code: str) -> None:
    slides.validate(f"```{head}\n{code}\n```\n")


@pytest.mark.parametrize(
    ("head", "code", "words"),
    [
        ("bash +validate", "exit 3", "falha:"),
        ("python +validate +expect:failure", "pass", "deveria falhar"),
        ("cobol +validate", "STOP", "cobol"),
    ],
)
def test_a_snippet_that_does_not(head: str, code: str, words: str) -> None:
    with pytest.raises(WorkshopError, match=words):
        slides.validate(f"```{head}\n{code}\n```\n")


def test_the_snippets_of_the_talk_pass() -> None:
    text = slides.SOURCE.read_text(encoding="utf-8")
    assert "+validate" in text
    slides.validate(text)


def test_the_talk_shows_all_of_every_slide() -> None:
    if workbench.presenterm_in_place() is None:
        pytest.skip("presenterm is not here; make slides builds it")
    html, pdf = slides.export()
    assert '<html lang="pt-BR">' in html.read_text(encoding="utf-8")
    assert pdf.read_bytes().startswith(b"%PDF-")


def test_a_qr_code_is_square_and_light_at_its_edge() -> None:
    opening, *lines, closing = generated.qr(generated.AUTHOR_PAGE).splitlines()
    assert (opening, closing) == ("```text +no_background", "```")
    width = len(lines[0])
    assert {len(line) for line in lines} == {width}
    assert len(lines) == (width + 1) // 2
    assert lines[0] == lines[-1] == "█" * width
    assert all(line[:2] == line[-2:] == "██" for line in lines)
