"""The language of the cases in `cases/`: what a user does, and what they then see.

A file holds cases, separated by `---`. A case is a sentence (`case`), what it begins with (`given`) and a `story`: a
list of steps, each a verb with what it is about, and its options beside it.

    case: the newest build wins
    given: [warehouse]
    story:
    - push: "11111111"
    - refresh: app
    - expect: freight 11111111
      is: {origin: {kind: Warehouse, name: app}}

Things are called `stage dev`, `warehouse app`, `freight <tag>`, `promotion <name given by called>` or
`promotion <stage> <tag>` (the newest such). Between angle brackets: `<project>`, `<frontend>`, `<backend>`, `<git>`,
`<raw>` (see world.py), `<freight:tag>`, `<promotion:…>` (names of objects), `<commit:branch>`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from tests.live import images
from tests.live.kargo import recordings
from tests.live.kargo import world as worlds
from tests.live.kargo.matching import mismatches
from tests.live.kargo.outage import Outage
from tests.live.kargo.world import World
from workshop import paths, wait
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.kargo_lite.clock import parse_duration
from workshop.services import forge
from workshop.shell import kubectl

CASES: Final = Path(__file__).parent / "cases"
LIMIT: Final = 90.0
"""Seconds that an expectation is given where it does not say how many."""
_KINDS: Final = {
    "application": "Application",
    "deployment": "Deployment",
    "freight": "Freight",
    "namespace": "Namespace",
    "project": "Project",
    "projectconfig": "ProjectConfig",
    "promotion": "Promotion",
    "stage": "Stage",
    "warehouse": "Warehouse",
}


@dataclass(frozen=True)
class Case:
    """One case as its file has it.

    **only**: the one of the two, lite or real, that it is about.
    **alone**: it disturbs the others, and comes after them, by itself (true), or with its like (`together`).
    """

    id: str
    title: str
    given: list[Any]
    story: list[dict[str, Any]]
    only: str = ""
    alone: bool | Literal["together"] = False


def cases() -> list[Case]:
    """Every case of every file."""
    return [case for file in sorted(CASES.glob("*.yaml")) for case in _of_file(file)]


def _of_file(file: Path) -> Iterator[Case]:
    for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
        title = document.pop("case")
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        yield Case(f"{file.stem}/{slug}", title, document.pop("given", []), document.pop("story"), **document)


def play(case: Case, outage: Outage | None = None) -> None:
    """Tell one case from its beginning to its end; raises AssertionError where it goes another way.

    **outage**: the one that it shares with others, in place of its first.
    """
    world = World()
    story = Story(world, outage)
    try:
        world.make_project()
        story.begin_with(case.given)
        for number, step in enumerate(case.story, 1):
            try:
                story.step(step)
            except (AssertionError, WorkshopError) as error:
                words = f"{error}\n{error.details}" if isinstance(error, WorkshopError) else str(error)
                shown = yaml.safe_dump(step, allow_unicode=True, sort_keys=False).strip()
                raise AssertionError(f"{case.title}\nstep {number}:\n{shown}\n\n{words}\n\n{world.story()}") from error
    finally:
        story.end()
        world.remove()


class Story:
    """The verbs. Each is a method: its first argument is what the verb is about, the others are its options."""

    def __init__(self, world: World, outage: Outage | None = None) -> None:
        self.world = world
        self.outage = outage
        self.called: dict[str, str] = {}

    @classmethod
    def verbs(cls) -> dict[str, Callable[..., None]]:
        """Every verb by its name."""
        return {name[3:]: method for name, method in vars(cls).items() if name.startswith("do_")}

    def begin_with(self, given: Iterable[Any]) -> None:
        """Objects, files of the library, and the things that are made another way."""
        self.world.apply_all([self._filled(obj) for item in given for obj in self._objects(item)])

    def _objects(self, item: Any) -> list[dict[str, Any]]:
        if isinstance(item, dict):
            return [item]
        if item == "repository":
            return [self.world.make_repository()]
        if item == "task":
            return [self._task()]
        if item.startswith("application "):
            return [self.world.application(item.split()[1], authorized=not item.endswith(" unauthorized"))]
        return worlds.manifest(item)

    def step(self, step: dict[str, Any]) -> None:
        """One step of a story."""
        (verb, about), *options = step.items()
        method = self.verbs()[verb]
        method(self, self._filled(about) if isinstance(about, str) else about, **python_names(dict(options)))

    def end(self) -> None:
        """Nothing more of it comes, no kill either."""
        if self.outage is not None:
            self.outage.leave()

    # -- what a user does -------------------------------------------------------------------------------------------

    def do_push(
        self, tag: str, images_: tuple[str, ...] = ("frontend", "backend"), age: str = "", behaviour: str = "good"
    ) -> None:
        """Push images of one tag: built now, or some time ago."""
        created = datetime.now(UTC) - timedelta(seconds=parse_duration(age)) if age else None
        for image in images_:
            images.push(f"{self.world.images}/{image}", tag, created=created, behaviour=behaviour)

    def do_steps(
        self,
        steps: list[dict[str, Any]],
        vars_: list[dict[str, str]] | None = None,
        called: str = "",
        refused: str = "",
    ) -> None:
        """Give the Stage dev these steps and promote Freight 1111aaaa to it."""
        (stage,) = worlds.manifest("dev")
        stage["spec"]["promotionTemplate"]["spec"] = {"steps": steps, "vars": vars_ or []}
        self.do_apply(stage)
        if self.world.freight("1111aaaa") is None:
            self.do_push("1111aaaa")
            self.do_refresh("app")
        self.do_promote("dev", freight="1111aaaa", called=called, refused=refused)

    def do_refresh(self, warehouse: str) -> None:
        """Have a Warehouse look at the registry, and wait until it has."""
        token = f"{time.time():.6f}"
        self.world.kubectl("annotate", "warehouse", warehouse, "--overwrite", f"kargo.akuity.io/refresh={token}")
        handled = {"status": {"lastHandledRefresh": token, "conditions": {"Reconciling": "absent"}}}
        self.do_expect(f"warehouse {warehouse}", is_=handled, within=60)

    def do_apply(self, obj: dict[str, Any], as_: str = "", refused: str = "") -> None:
        """`kubectl apply`."""
        obj = self._filled(obj)
        self._try(lambda: self.world.apply(obj, as_=as_), refused)

    def do_create(self, obj: dict[str, Any], as_: str = "", refused: str = "", called: str = "") -> None:
        """`kubectl create`."""
        obj = self._filled(obj)
        self._try(lambda: self._remember(called, self.world.apply(obj, verb="create", as_=as_)), refused)

    def do_promote(
        self, stage: str, freight: str = "", origin: str = "", as_: str = "", called: str = "", refused: str = ""
    ) -> None:
        """Ask for a promotion as a person does: of which Freight, or of the current candidate, to which Stage."""
        spec: dict[str, Any] = {"stage": stage}
        if freight:
            spec["freight"] = self._name("freight", freight)
        if origin:
            spec["origin"] = {"kind": "Warehouse", "name": origin}
        promotion = {"kind": "Promotion", "metadata": {"generateName": f"{stage}-"}, "spec": spec}
        self.do_create(promotion, as_, refused, called)

    def do_approve(self, stage: str, freight: str) -> None:
        """Approve Freight for a Stage, as `kargo approve` does."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.do_edit(f"freight {freight}", {"status": {"approvedFor": {stage: {"approvedAt": now}}}}, status=True)

    def do_edit(self, thing: str, to: dict[str, Any], status: bool = False, as_: str = "", refused: str = "") -> None:
        """Change fields of an object, or of its status."""
        kind, name = self._find(thing)
        patch = json.dumps(self._filled(to))
        options = ("--subresource=status",) if status else ()
        self._try(
            lambda: self.world.kubectl("patch", kind, name, *options, "--type=merge", "--patch", patch, as_=as_),
            refused,
        )

    def do_delete(self, thing: str, as_: str = "", refused: str = "") -> None:
        """Delete an object and wait until it is gone."""
        kind, name = self._find(thing)
        self._try(lambda: self.world.kubectl("delete", kind, name, as_=as_), refused)

    def do_abort(self, promotion: str, as_: str = "") -> None:
        """Ask for the end of a Promotion, as `kargo promote --abort` does."""
        self.do_edit(promotion, {"metadata": {"annotations": {"kargo.akuity.io/abort": "terminate"}}}, as_=as_)

    def do_kill(self, who: str) -> None:
        """End the controller's process as a power cut does."""
        assert who == "controller"
        if self.outage is None:
            self.world.kill_controller()
            return
        outage, self.outage = self.outage, None
        outage.wait()

    def do_release(self, name: str) -> None:
        """Let go on what waits for the file of that name in the repository."""
        self.world.write({name: "go\n"})

    # -- what a user sees -------------------------------------------------------------------------------------------

    def do_expect(
        self, thing: str, is_: Any = None, recorded: str = "", within: float = LIMIT, for_: float = 0
    ) -> None:
        """An object becomes like that, or as Kargo was recorded; with `for`, it also stays so for some seconds."""
        wanted = recordings.expectation(recorded) if recorded else is_ or "present"

        def problems() -> list[str]:
            try:
                expected = self._filled(wanted)
            except (AssertionError, WorkshopError) as error:  # what it names may only come to be
                return [str(error)]
            actual = self._read(thing)
            if actual is None:
                return [] if expected == "absent" else [f"there is no {thing}"]
            return ["it is still there"] if expected == "absent" else mismatches(expected, actual)

        self._until(problems, thing, within, for_)

    def do_count(self, things: str, is_: int, within: float = LIMIT, for_: float = 0) -> None:
        """So many `freight`, or `promotions dev`, or `promotions dev <tag>` there are."""
        what, *rest = things.split()

        def problems() -> list[str]:
            found = (
                self.world.promotions(*rest) if what == "promotions" else worlds.listed("Freight", self.world.project)
            )
            return [] if len(found) == is_ else [f"expected {is_}, found {len(found)}"]

        self._until(problems, things, within, for_)

    def do_commits(self, branch: str, are: list[str], within: float = LIMIT) -> None:
        """The commits of a branch, the oldest first, by patterns of their first lines."""

        def problems() -> list[str]:
            found = self.world.commits(branch)
            same = len(found) == len(are) and all(re.search(p, c) for p, c in zip(are, found, strict=True))
            return [] if same else [f"expected {are}, found {found}"]

        self._until(problems, branch, within)

    def do_content(self, branch: str, has: str = "", lacks: str = "") -> None:
        """What the files at the top of a branch say."""
        found = self.world.content(branch)
        assert not has or self._filled(has) in found, f"{self._filled(has)!r} is not in\n{found}"
        assert not lacks or self._filled(lacks) not in found, f"{self._filled(lacks)!r} is in\n{found}"

    def do_event(self, reason: str, message: str = "", within: float = LIMIT) -> None:
        """An event is on record."""

        def problems() -> list[str]:
            found = [e for e in worlds.listed("Event", self.world.project) if e["reason"] == reason]
            told = [e["message"] for e in found]
            return [] if any(re.search(self._filled(message), text) for text in told) else [f"found {told}"]

        self._until(problems, f"event {reason}", within)

    # -- helpers ----------------------------------------------------------------------------------------------------

    def _until(self, problems: Callable[[], list[str]], what: str, within: float, during: float = 0) -> None:
        deadline = time.monotonic() + within
        while found := problems():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}, after {within:.0f} s:\n" + "\n".join(found))
            time.sleep(0.4)
        end = time.monotonic() + during
        while time.monotonic() < end:
            time.sleep(0.4)
            if found := problems():
                raise AssertionError(f"{what}, which was as expected at first:\n" + "\n".join(found))

    def _try(self, action: Callable[[], Any], refused: str) -> None:
        """Do it; or see it refused, in words that the pattern finds."""
        refused = self._filled(refused)
        try:
            action()
        except WorkshopError as error:
            if not refused:
                raise
            assert re.search(refused, error.details, re.DOTALL), f"refused, but with other words:\n{error.details}"
        else:
            assert not refused, "it was not refused"

    def _remember(self, called: str, created: dict[str, Any]) -> None:
        if called:
            self.called[called] = created["metadata"]["name"]

    def _find(self, thing: str) -> tuple[str, str]:
        """Kind and name of a thing, for kubectl."""
        kind, *names = thing.split()
        return f"{_KINDS[kind]}.{worlds.api_version(_KINDS[kind]).partition('/')[0]}".lower(), self._name(kind, *names)

    def _name(self, kind: str, *names: str) -> str:
        if kind == "freight":
            if re.fullmatch(r"[0-9a-f]{40}", names[0]):
                return names[0]
            wait = f"Freight with tag {names[0]}"
            found = self.world.wait(lambda: self.world.freight(names[0]), wait, 60)
            return str(found["metadata"]["name"])
        if kind == "promotion":
            if len(names) == 1:
                return self.called[names[0]]
            found = self.world.wait(lambda: self.world.promotions(*names), f"Promotion {' '.join(names)}", 60)
            return str(found[-1]["metadata"]["name"])
        if kind in ("project", "namespace"):
            return self.world.project
        return f"{self.world.project}-{names[0]}" if kind == "application" else names[0]

    def _read(self, thing: str) -> dict[str, Any] | None:
        kind, *names = thing.split()
        if kind == "freight" and len(names[0]) != 40:
            return self.world.freight(names[0])
        if kind == "promotion" and len(names) == 2:
            found = self.world.promotions(*names)
            return found[-1] if found else None
        namespace = config.NAMESPACE_ARGOCD if kind == "application" else self.world.project
        return worlds.read(_KINDS[kind], self._name(kind, *names), namespace)

    def _filled(self, value: Any) -> Any:
        return worlds.filled(value, self._stands_for)

    def _stands_for(self, name: str, argument: str) -> str:
        if name == "commit":
            path = f"/repos/{config.FORGE_ADMIN}/{self.world.project}/branches/{argument.replace('/', '%2F')}"
            return str(forge.checked("GET", path)["commit"]["id"])
        if argument:
            return self._name(name, *argument.split())
        return self.world.names()[name]

    def _task(self) -> dict[str, Any]:
        """The workshop's own PromotionTask, on the images, the repository and the Applications of the case."""
        text = (paths.GITOPS / "kargo" / "promotiontask.yaml").read_text(encoding="utf-8")
        mine, theirs = "name: <project>-${{ ctx.stage }}", "name: ${{ ctx.stage }}-app"
        assert theirs in text
        task = yaml.safe_load(text.replace(theirs, mine))
        task["metadata"] = {"name": task["metadata"]["name"]}
        values = {"gitRepo": "<git>", "frontend": "<frontend>", "backend": "<backend>"}
        task["spec"]["vars"] = [{"name": key, "value": value} for key, value in values.items()]
        return dict(task)


def python_names(options: dict[str, Any]) -> dict[str, Any]:
    """Options whose names Python has taken get an underscore."""
    return {f"{key}_" if key in ("is", "as", "for", "images", "vars") else key: value for key, value in options.items()}


def make_argocd_project() -> None:
    """What the Applications of all cases belong to."""
    everything = [{"server": "*", "namespace": "*"}]
    spec = {
        "sourceRepos": ["*"], "destinations": everything, "namespaceResourceWhitelist": [{"group": "*", "kind": "*"}],
    }  # fmt: skip
    metadata = {"name": worlds.ARGOCD_PROJECT, "namespace": config.NAMESPACE_ARGOCD}
    body = {"apiVersion": worlds.api_version("AppProject"), "kind": "AppProject", "metadata": metadata, "spec": spec}
    kubectl.change("apply", "--filename", "-", stdin=yaml.safe_dump(body))


def leave_nothing() -> None:
    """Take away what the cases shared and what interrupted ones left, and wait until their namespaces have ended."""
    for name in kubectl.text("get", "projects.kargo.akuity.io", "--output", "name").split():
        if name.rpartition("/")[2].startswith(worlds.PREFIX):
            World(name.rpartition("/")[2]).remove()
    space = ("--namespace", config.NAMESPACE_ARGOCD)
    kubectl.change(*space, "delete", "appproject", worlds.ARGOCD_PROJECT, "--ignore-not-found")

    def left() -> list[str]:
        found = kubectl.text("get", "namespaces", "--output", "name").split()
        return [name for name in found if name.startswith(f"namespace/{worlds.PREFIX}")]

    wait.until(
        "os namespaces dos casos acabaram",
        lambda: not left(),
        limit=180,
        every=2,
        diagnosis=lambda: kubectl.text("get", *left(), "--output", "yaml")[-3000:],
    )
