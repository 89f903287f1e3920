"""The documents: what they quote of the project, and what is generated into them. `make docs-sync` refreshes both.

`site` makes a site of them, `slides` pages of the slides. The package stands beside the command line, not below it: the
reference of the commands is made from that.
"""
