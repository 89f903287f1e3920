"""The story that the notebooks tell: its repository, its pipeline, its points, and who says yes."""
