"""Known vulnerabilities among the pinned dependencies, found without a network.

`snapshot` takes the Python Packaging Advisory Database (https://github.com/pypa/advisory-database,
CC-BY-4.0) into advisories.json; `check` compares requirements with it. What became known after the
snapshot's date it cannot find: where there is a network and an account, snyk does that.
"""
