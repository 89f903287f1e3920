"""A yes that somebody gives by hand: who says it, to what, and a button, in the JupyterLab that `workshop lab` opened.

Everywhere else nobody is there to press it, and the run goes on by itself. `workshop lab` says which of the two it is,
by a variable of the environment that the notebooks' kernels inherit; nothing is guessed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from html import escape
from typing import Final

from workshop import paths
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.kargo import objects
from workshop.shell import git
from workshop.story.branches import START

LIMIT_SECONDS: Final = 15 * 60
"""How long a question stays open: a talk has questions of its own."""
BUTTON: Final = "Aprovar"
_MOST_COMMITS: Final = 8


@dataclass(frozen=True)
class Question:
    """What is asked: whether this persona lets a Stage go from one version to another, and what that changes.

    **commits**: the commits between the two, newest first, one line each; those without a change of their own left out.
    """

    persona: str
    stage: str
    old: str
    new: str
    commits: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The question in a line."""
        return f"{self.persona.upper()}: {self.stage} vai de {self.old or 'nada'} para {self.new}?"

    def html(self) -> str:
        """As it stands above the button."""
        shown = "".join(f"<li><code>{escape(line)}</code></li>" for line in self.commits[:_MOST_COMMITS])
        rest = len(self.commits) - _MOST_COMMITS
        more = f"<li>e mais {rest}</li>" if rest > 0 else ""
        return f"<b>{escape(self.title)}</b><ul>{shown or '<li>nenhum commit entre as duas</li>'}{more}</ul>"


def question(persona: str, stage: str, freight: str) -> Question:
    """The question about that Freight, from what Kargo and the story's repository know."""
    now = objects.look()
    old, new = now.tag(now.holds(stage)), now.tag(freight)
    return Question(persona, stage, old, new, _commits(old, new))


def _commits(old: str, new: str) -> tuple[str, ...]:
    """What `new` has and `old` has not; nothing where one of the two is no commit of the story."""
    story = git.within(paths.STORY_CLONE)
    if not (old and story.ok("merge-base", "--is-ancestor", old, f"origin/{START}")):
        return ()
    try:
        return tuple(story.text("log", "--oneline", "--no-merges", f"{old}..{new}").splitlines())
    except WorkshopError:
        return ()


async def wait_for(asked: Question, limit: float = LIMIT_SECONDS) -> None:
    """Show the question with its button, and return once it was pressed; both are gone then.

    **limit**: seconds. To be awaited by the cell: a cell that waits in any other way keeps the kernel from hearing of
    the button (ipykernel hands on what widgets say while a cell awaits, and queues it behind one that runs).
    Raises `WorkshopError` when the limit runs out.
    """
    # Only who has a page needs them, and they take their time to import.
    import ipywidgets  # noqa: PLC0415
    from IPython.display import display  # noqa: PLC0415

    pressed = asyncio.Event()
    button = ipywidgets.Button(description=BUTTON, button_style="success", icon="check")
    button.on_click(lambda _: pressed.set())
    card = ipywidgets.VBox([ipywidgets.HTML(asked.html()), button])
    display(card)
    try:
        await asyncio.wait_for(pressed.wait(), limit)
    except TimeoutError:
        raise WorkshopError(
            f"Ninguém aprovou em {limit / 60:.0f} min: {asked.title}",
            fix=f"rode a célula outra vez; sem botão: {config.LIVE_VARIABLE}=0 make lab",
        ) from None
    finally:
        for widget in (*card.children, card):
            widget.close()
