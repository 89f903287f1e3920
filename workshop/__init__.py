"""The workshop: what the notebooks need besides the real command line tools."""
