"""This machine, as the workshop finds it."""
