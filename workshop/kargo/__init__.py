"""Kargo's objects: read as one typed model, promoted, explained."""
