"""The documents: what they quote of the project, and what is generated into them. `make docs-sync` refreshes both."""
