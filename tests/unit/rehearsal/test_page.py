"""The page of a rehearsal: what it shows, what it compares with, and that it is one file which loads nothing."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from workshop.rehearsal import history, page
from workshop.rehearsal.report import FAILED, PASSED, CellTime, NotebookResult, Report, slowest

VOID = {"meta", "br", "link", "img", "hr", "input"}
NASTY = '</code><script>alert("1 & 2")</script>'


class Page(HTMLParser):
    """The page's elements; each that was opened has been closed, or it refuses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def count(self, tag: str, kind: str = "") -> int:
        return sum(1 for name, found in self.elements if name == tag and (not kind or found.get("class") == kind))


def result(name: str, seconds: float, budget: int | None = 300, source: str = "board.show()") -> NotebookResult:
    cells = [CellTime(1, "points.reach(5)", 1.0), CellTime(3, source, seconds - 1)]
    return NotebookResult(
        name, f"título de {name}", budget, cells=2, cells_run=2, status=PASSED, seconds=seconds,
        slowest=slowest(cells), cell_times=cells,
    )  # fmt: skip


def rehearsal(*results: NotebookResult) -> dict[str, Any]:
    report = Report(
        list(results) or [result("00-preflight", 7.0, None), result("05-dev", 20.4), result("06-stg", 125.0)]
    )
    report.started, report.finished = "2026-01-16T19:00:00+00:00", "2026-01-16T19:30:00+00:00"
    report.machine = {"cpu": "A Processor", "cpus": 2, "memory_gib": 7.8, "system": "Linux 6.1", "python": "3.13.1",
                      "memory_used_before_gib": 1.0, "memory_used_peak_gib": 4.5}  # fmt: skip
    report.phases = {"host": 2.0, "supply": 90.0, "notebooks": 152.4}
    report.supply = [{"key": "kubectl", "kind": "ferramenta", "version": "1.34.3", "source": "PATH", "seconds": 0.0}]
    report.versions = {"papermill": "2.7.0"}
    return json.loads(json.dumps(report.as_dict()))


def failed() -> dict[str, Any]:
    broken = NotebookResult("06-stg", "STG", 300, cells=9, cells_run=1, status=FAILED, seconds=9.0, error="não <deu>.")
    return rehearsal(result("05-dev", 20.4), broken, NotebookResult("07-prod", "PROD", 300))


def test_it_shows_each_notebook_cell_and_version() -> None:
    shown = Page(page.render(rehearsal())).text
    for words in (
        "Ensaio de 16/01/2026 19:00 UTC", "A palestra cabe no tempo", "2 min 25 s de 10 min que a palestra dá",
        "05-dev", "título de 05-dev", "20,4 s", "points.reach(5)", "124 s", "ferramentas e imagens 1 min 30 s",
        "A Processor", "7,8 GiB, em uso, no máximo, 4,5 GiB (3,5 GiB do ensaio)", "Linux 6.1", "3.13.1",
        "kubectl", "1.34.3", "PATH", "papermill",
    ):  # fmt: skip
        assert words in shown, words


def test_the_slowest_cell_of_all_comes_first() -> None:
    shown = Page(page.render(rehearsal())).text
    section = shown[shown.index("As células mais lentas") : shown.index("Todas as células")]
    assert section.index("124 s") < section.index("19,4 s") < section.index("6,0 s")


def test_it_loads_nothing_and_runs_nothing() -> None:
    text = page.render(rehearsal(), [rehearsal()])
    tree = Page(text)
    assert tree.count("script") == tree.count("link") == tree.count("img") == tree.count("iframe") == 0
    addresses = [found[name] for _, found in tree.elements for name in ("src", "href") if name in found]
    assert addresses == ["report.json"]
    assert "url(" not in text
    assert "@import" not in text
    assert "prefers-color-scheme: dark" in text
    assert ("html", {"lang": "pt-BR"}) in tree.elements


def test_what_cells_and_errors_say_stays_text() -> None:
    nasty = rehearsal(result("05-dev", 20.4, source=NASTY))
    nasty["notebooks"][0] |= {"error": NASTY, "failed_cell": NASTY, "status": FAILED, "title": NASTY}
    nasty["machine"]["cpu"] = nasty["versions"]["papermill"] = nasty["supply"][0]["version"] = NASTY
    text = page.render(nasty, [nasty])
    assert "<script" not in text
    assert Page(text).text.count('<script>alert("1 & 2")</script>') >= 6


@pytest.mark.parametrize(
    ("report", "words", "kind"),
    [
        (rehearsal(), "A palestra cabe no tempo", "good"),
        (failed(), "Não passou", "bad"),
        (rehearsal(result("05-dev", 301.0)), "Estourou o tempo", "bad"),
        ({**failed(), "finished": ""}, "Em andamento", "none"),
    ],
)
def test_the_verdict(report: dict[str, Any], words: str, kind: str) -> None:
    tree = Page(page.render(report))
    assert words in tree.text
    assert tree.count("span", f"badge {kind}") == 1


def test_a_failure_is_shown_with_its_reason_and_what_never_ran() -> None:
    shown = Page(page.render(failed())).text
    assert "não <deu>." in shown
    assert "07-prod PROD não rodou –" in shown


def test_over_budget_is_red_and_says_so() -> None:
    tree = Page(page.render(rehearsal(result("05-dev", 301.0))))
    assert "05-dev levou 301 s; o roteiro da palestra dá 300 s." in tree.text
    assert tree.count("div", "fill bad") == 2, "the part and the whole talk"


def test_an_interrupted_notebook_is_no_failure_of_its_own() -> None:
    report = failed()
    report["notebooks"][1]["error"] = ""
    assert "interrompido" in Page(page.render(report)).text


def test_it_compares_with_the_rehearsals_before() -> None:
    slower = rehearsal(result("00-preflight", 7.0, None), result("05-dev", 30.4), result("06-stg", 400.0))
    assert [entry["name"] for entry in failed()["notebooks"]] == ["05-dev", "06-stg", "07-prod"]
    tree = Page(page.render(rehearsal(), [slower, failed(), slower]))
    assert "os 3 anteriores" in tree.text
    row = tree.text[tree.text.index("título de 05-dev") :]
    assert "30,4 s −10,0 s" in row, "the median of the earlier ones, and the difference"
    assert tree.count("svg") == 4, "the talk and three notebooks"
    assert tree.count("rect") == 4 * 4
    assert tree.count("rect", "this") == 4
    assert tree.count("rect", "none") == 3, "what failed has no bar: a notebook, the one that never ran, the talk"
    assert tree.count("rect", "bad") == 2, "over budget, twice"


def test_the_first_rehearsal_compares_with_nothing() -> None:
    tree = Page(page.render(rehearsal()))
    assert tree.count("svg") == 0
    assert "mediana" not in tree.text


def test_a_report_of_an_earlier_version_is_shown_too() -> None:
    old = rehearsal()
    for name in ("versions", "talk", "problem"):
        del old[name]
    del old["machine"]["cpu"]
    for entry in old["notebooks"]:
        del entry["cell_times"], entry["cold_seconds"]
    shown = Page(page.render(old, [old])).text
    assert "guardou só as mais lentas" in shown
    assert "20,4 s" in shown


def test_what_was_cold_is_shown_and_not_held_against_the_talk() -> None:
    cold = result("05-dev", 331.0)
    cold.cold_seconds = 120.0
    warm = Page(page.render(rehearsal(result("05-dev", 211.0)), [rehearsal(cold)]))
    tree = Page(page.render(rehearsal(cold), [rehearsal(result("05-dev", 211.0))]))
    assert "A palestra cabe no tempo" in tree.text
    assert "331 s 120 s frios" in tree.text
    assert "o orçamento não conta" in tree.text
    assert tree.count("div", "fill bad") == tree.count("rect", "bad") == 0
    for shown in (tree, warm):
        assert "211 s 0,0 s" in shown.text, "with its cold seconds left out, it took as long as the one before"
    assert "frios" not in warm.text


# -- The folders -------------------------------------------------------------------------------------
def keep(folder: Path, name: str, report: dict[str, Any] | str) -> Path:
    (folder / name).mkdir()
    text = report if isinstance(report, str) else json.dumps(report)
    (folder / name / "report.json").write_text(text, encoding="utf-8")
    return folder / name


def test_only_older_and_readable_reports_count_as_history(tmp_path: Path) -> None:
    oldest = keep(tmp_path, "20260101T000000Z", rehearsal(result("05-dev", 11.0)))
    keep(tmp_path, "20260102T000000Z", "{")
    keep(tmp_path, "20260103T000000Z", rehearsal(NotebookResult("05-dev", "DEV", 300)))
    keep(tmp_path, "20260104T000000Z", rehearsal(result("05-dev", 12.0)))
    this = keep(tmp_path, "20260105T000000Z", rehearsal(result("05-dev", 13.0)))
    newest = keep(tmp_path, "20260106T000000Z", rehearsal(result("05-dev", 14.0)))
    (tmp_path / "latest").symlink_to(newest.name)

    def seconds(reports: list[Any]) -> list[float]:
        return [report["notebooks"][0]["seconds"] for report in reports]

    assert seconds(history.before(this)) == [11.0, 12.0]
    assert seconds(history.before(newest, most=2)) == [12.0, 13.0]
    assert history.before(oldest) == []


def test_the_page_is_written_beside_its_report(tmp_path: Path) -> None:
    keep(tmp_path, "20260101T000000Z", rehearsal())
    folder = keep(tmp_path, "20260102T000000Z", rehearsal())
    written = page.write(folder)
    assert written == folder / "report.html"
    assert "o ensaio anterior" in written.read_text(encoding="utf-8")


def test_a_rehearsal_that_was_ended_before_its_report_has_no_page(tmp_path: Path) -> None:
    assert page.write(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
