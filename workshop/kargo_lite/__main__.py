"""``python -m kargo_lite``: run the operator."""

from .main import main

main()
