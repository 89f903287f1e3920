"""Headless runs of the notebooks: what the talk does, measured against the time that the talk has."""
