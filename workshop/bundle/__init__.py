"""One file that makes a machine without a network whole: packed here (`create`), unpacked there (`restore`).

`archive` and `restore` use the standard library alone: on the other machine there is no Python environment yet.
"""
