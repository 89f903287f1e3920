"""The live picture of the pipeline: what is on its way, which version is in dev, stg and prod, and how it is.

==================  ================================================================================
``feed.py``         Kubernetes objects, kept up to date by watches
``state.py``        objects → `Board`: a pure function
``words.py``        what the board says, in the audience's language
``picture.py``      `Board` → SVG, a pure function; ``terminal.py`` → rich, ``document.py`` → JSON
``live.py``         `show`, `snapshot` in a notebook; `watch` in a terminal
``timeline.py``     what became of one version, second by second; ``pods.py``, ``visitor.py``: of its pods, its users
==================  ================================================================================
"""

from workshop.board.feed import read
from workshop.board.live import show, snapshot, stop, watch
from workshop.board.pods import show_log
from workshop.board.state import Board, Stage
from workshop.board.timeline import show_timeline
from workshop.board.visitor import Visitor

__all__ = ["Board", "Stage", "Visitor", "read", "show", "show_log", "show_timeline", "snapshot", "stop", "watch"]
