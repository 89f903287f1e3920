"""A `gh` that takes the calls it is told to expect, in order, and answers each with a recording.

GH_CALLS names a JSON file: a list of {"arguments", "recording", "repeats"}. A call that was not expected is written
to the file beside it, `.unexpected`, and refused.
"""

import json
import os
import sys
import time
import tomllib
from pathlib import Path

RECORDINGS = Path(__file__).parent


def main(arguments: list[str]) -> int:
    calls = Path(os.environ["GH_CALLS"])
    expected = json.loads(calls.read_text(encoding="utf-8"))
    if len(expected) > 1 and expected[0]["repeats"] and expected[0]["arguments"] != arguments:
        del expected[0]
    if not expected or expected[0]["arguments"] != arguments or not os.environ.get("GH_PROMPT_DISABLED"):
        with calls.with_suffix(".unexpected").open("a", encoding="utf-8") as problems:
            problems.write(f"{arguments}, expected {expected[:1]}\n")
        return 97
    call = expected[0]
    if not call["repeats"]:
        del expected[0]
    calls.write_text(json.dumps(expected), encoding="utf-8")
    recording = tomllib.loads((RECORDINGS / f"{call['recording']}.toml").read_text(encoding="utf-8"))
    print(recording.get("stdout", ""), end="", flush=True)
    print(recording.get("stderr", ""), end="", file=sys.stderr, flush=True)
    if recording.get("hangs"):
        time.sleep(300)
    return recording["exit"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
