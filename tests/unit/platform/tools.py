"""docker, kind, kubectl and helm, as far as an installation asks them, under whichever of these names it is called.

What they have made is in one file of JSON beside them; run again, each says what the real one would.
"""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path
from typing import Any

HERE = Path(sys.argv[0]).parent
STATE = HERE / "state.json"


def refuse(words: str) -> None:
    sys.exit(words)


def value(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1] if option in arguments else ""


def values(arguments: list[str], option: str) -> list[str]:
    return [arguments[at + 1] for at, part in enumerate(arguments) if part == option]


def docker(there: dict[str, Any], arguments: list[str]) -> None:
    things = arguments[0] if arguments[0] in ("network", "volume", "container", "image") else ""
    match arguments:
        case ["image", "inspect", "--format", *_]:
            print("{}")
        case ["image", "inspect", name]:
            print(json.dumps([{"Id": f"sha256:{name}"}]))
        case [_, "inspect", name]:
            if name not in there.get(things, {}):
                refuse(f"Error: No such {things}: {name}")
            print(json.dumps([there[things][name]]))
        case ["network" | "volume", "create", *_, name]:
            labels = dict(part.split("=") for part in values(arguments, "--label"))
            subnet = {"Subnet": value(arguments, "--subnet") or "172.18.0.0/16"}
            there.setdefault(things, {})[name] = {"Labels": labels, "IPAM": {"Config": [subnet]}}
            print(name if things == "volume" else "d1ce" * 16)
        case ["network" | "volume", "rm", *names]:
            for name in names:
                del there[things][name]
                print(name)
        case ["run", *_, image]:
            made = {"Image": f"sha256:{image}", "State": {"Running": True}}
            there.setdefault("container", {})[value(arguments, "--name")] = made
            print("c0de" * 16)
        case ["rm", "--force", "--volumes", *names]:
            for name in names:
                del there["container"][name]
                print(name)
        case ["ps", *_]:
            print("\n".join(there.get("container", {})))
        case ["exec", *_] if "psql" in arguments:
            psql(there, arguments)
        case ["exec", *_] if "generate-access-token" in arguments:
            print("t0ken")
        case ["exec", *_] if "create" in arguments:
            print("generated random password is 'made-up-by-gitea'")


def psql(there: dict[str, Any], arguments: list[str]) -> None:
    for command in values(arguments, "--command"):
        verb, kind, name, *_ = command.split()
        there.setdefault("sql", []).append(f"{kind.lower()} {name}")
        print(verb, kind)
    if "--command" not in arguments and "pg_roles" in sys.stdin.read():
        print("\n".join(there.get("sql", [])))


def kind(there: dict[str, Any], arguments: list[str]) -> None:
    if arguments[:2] == ["create", "cluster"]:
        there.setdefault("container", {})["image-promotion-control-plane"] = {"State": {"Running": True}}
        (HERE.parent / ".workshop" / "kubeconfig").touch()


def kubectl(there: dict[str, Any], arguments: list[str]) -> None:
    applied: dict[str, str] = there.setdefault("applied", {})
    read = {name: sys.stdin.read() if name == "-" else content(name) for name in values(arguments, "--filename")}
    words = [part for part in arguments if not part.startswith("-")]
    if "apply" in words and "--dry-run=server" not in arguments:
        for name, text in read.items():
            name = name if name != "-" else text
            was, applied[name] = applied.get(name), text
            done = "serverside-applied" if "--server-side" in arguments else "configured" if was else "created"
            print("object", "unchanged" if was == text and done == "configured" else done)
    elif "get" in words and read:
        found = [{"metadata": {}, "spec": applied[name]} for name in read if name in applied]
        print(json.dumps({"items": found}) if found else "")
    elif "create" in words:
        there.setdefault("Namespace", []).append(words[-1])
        print(f"namespace/{words[-1]} created")
    elif "get" in words and "coredns" in words:
        print(corefile(applied), end="")
    elif "scale" in words or "set" in words:
        print("\n".join(f"deployment.apps/{name} done" for name in words if name.startswith(("argocd-", "coredns"))))


def corefile(applied: dict[str, str]) -> str:
    found = [text for name, text in applied.items() if name.endswith("coredns.yaml")]
    return textwrap.dedent(found[0].partition("Corefile: |\n")[2].partition("\nkind:")[0]) + "\n" if found else ""


def content(name: str) -> str:
    path = Path(name)
    files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    return "".join(file.read_text(encoding="utf-8") for file in files)


def helm(there: dict[str, Any], arguments: list[str]) -> None:
    releases: dict[str, str] = there.setdefault("releases", {})
    if arguments[0] == "get":
        if arguments[2] not in releases:
            refuse("Error: release: not found")
        print(releases[arguments[2]])
    else:
        releases[arguments[2]] = "".join(map(content, values(arguments, "--values")))
        print("LAST DEPLOYED: now")


if __name__ == "__main__":
    made = json.loads(STATE.read_text(encoding="utf-8")) if STATE.exists() else {}
    {"docker": docker, "kind": kind, "kubectl": kubectl, "helm": helm}[Path(sys.argv[0]).name](made, sys.argv[1:])
    STATE.write_text(json.dumps(made), encoding="utf-8")
