"""The picture of the pipeline: which version is in dev, stg and prod, and whether it is well."""

from workshop.board.picture import show
from workshop.board.pods import show_log
from workshop.board.state import StageState, read
from workshop.board.timeline import show_timeline
from workshop.board.visitor import Visitor

__all__ = ["StageState", "Visitor", "read", "show", "show_log", "show_timeline"]
