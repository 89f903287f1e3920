"""A plan's steps as jobs: what each of them runs, and what it is called while it does."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from workshop import paths, process
from workshop.supply import go, images, tools
from workshop.supply.catalogue import KARGO, Catalogue, Image, Program
from workshop.supply.plan import Action, Facts, Kind, Plan, Step
from workshop.supply.schedule import Job, Skipped
from workshop.supply.trouble import Kind as Trouble
from workshop.supply.trouble import NotFetched

LANES: Final = {"compile": 1, "download": 1, "engine": 2}
"""Go uses every core by itself; what waits for the network and for apt runs beside it."""
OTHER_LANES: Final = {Action.DOWNLOAD: "download", Action.COMPILE: "compile"}
VERBS: Final = {
    Action.DOWNLOAD: "baixando",
    Action.COMPILE: "compilando",
    Action.LOAD: "carregando o arquivo",
    Action.FROM_REGISTRY: "copiando do registro local",
    Action.FROM_IMAGE: "tirando da imagem",
    Action.PULL: "baixando",
    Action.BUILD: "construindo",
}
PARTICIPLES: Final = {
    Action.DOWNLOAD: "baixad",
    Action.COMPILE: "compilad",
    Action.LOAD: "carregad",
    Action.FROM_REGISTRY: "copiad",
    Action.FROM_IMAGE: "tirad",
    Action.PULL: "baixad",
    Action.BUILD: "construíd",
}
PROGRAMS: Final = (Kind.TOOL, Kind.BINARY)
INNER: Final = (Kind.BINARY, Kind.MODULE)
"""Kinds that only serve the others."""
SOURCES: Final = {
    Action.DOWNLOAD: "baixada",
    Action.FROM_IMAGE: "baixada",
    Action.COMPILE: "construída",
    Action.LOAD: "arquivo",
    Action.FROM_REGISTRY: "registro",
    Action.PULL: "baixada",
    Action.BUILD: "construída",
    Action.READY: "pronta",
}


class Work:
    """The steps of one plan that do something.

    **silent_hosts** collects the registries that did not answer, **given_up** the companions that did not come: for the
    next plan.
    """

    def __init__(self, pins: Catalogue, plan: Plan, facts: Facts) -> None:
        self.steps: Final = {step.id: step for step in plan.steps if step.is_work}
        self.group: Final = process.Group()
        self.silent_hosts: Final[set[str]] = set()
        self.given_up: Final[set[str]] = set()
        self._pins, self._facts = pins, facts
        self._compiled = [pins.programs[step.key] for step in self.steps.values() if step.action is Action.COMPILE]
        self._own_tools = frozenset(
            name for name in pins.tools if facts.tools_fit_images and facts.tools.get(name) != "PATH"
        )

    def jobs(self) -> list[Job]:
        """The steps, ready to be run.

        Raises `WorkshopError` where something is to be compiled and Go cannot do it.
        """
        if self._compiled:
            go.check({program.module for program in self._compiled})
        return [
            Job(
                id=step.id,
                title=f"{step.kind} {step.key}",
                verb=VERBS[step.action],
                lane=OTHER_LANES.get(step.action, "engine"),
                needs=step.needs,
                work=partial(self._run, step),
            )
            for step in self.steps.values()
        ]

    def _run(self, step: Step) -> str:
        log = paths.SUPPLY_LOGS / f"{step.id}.log"
        log.unlink(missing_ok=True)
        if step.kind is Kind.MODULE:
            packages = [program.package for program in self._compiled if program.module == step.key]
            tools.download_sources(step.key, packages, self.group, log)
        elif step.kind in PROGRAMS:
            place = tools.for_people() if step.kind is Kind.TOOL else tools.for_images()
            self._bring_program(self._pins.programs[step.key], step.action, place, log)
        else:
            self._bring_image(self._pins.images[step.key], step.action, log)
        return PARTICIPLES[step.action] + ("o" if step.kind in INNER else "a")

    def _bring_program(self, program: Program, action: Action, place: tools.Place, log: Path) -> None:
        if action is Action.FROM_IMAGE:
            tools.take_from_image(program, self._pins.images[program.image].name, place, self.group, log)
        elif action is Action.DOWNLOAD:
            tools.download(program, place, self.group, log)
        else:
            tools.build(program, place, self.group, log)

    def _bring_image(self, image: Image, action: Action, log: Path) -> None:
        if action is Action.LOAD:
            images.load(image, self.group, log)
        elif action is Action.FROM_REGISTRY:
            images.copy_from_registry(image, self.group, log)
        elif action is Action.PULL:
            self._pull(image, log)
        else:
            images.build(image, self._facts.recipes[image.key], self._own_tools, self.group, log)

    def _pull(self, image: Image, log: Path) -> None:
        try:
            images.pull(image, self.group, log)
            if image.key in self._pins.bases:
                images.add_authorities(image, self.group, log)
        except NotFetched as error:
            if image.companion_of:
                self.given_up.add(image.key)
                # What else comes from there still may.
                raise Skipped(f"não veio de {image.host}; fica sem ela") from None
            optional = image.key == KARGO and self._facts.kargo == "auto"
            # What is slow or refuses has its own remedies, and 40 minutes of compiling are none of them.
            if error.kind is not Trouble.UNREACHABLE or (self._facts.supply == "pull" and not optional):
                raise
            # One failure stands for all images of that registry: nobody waits for the same time-out twice.
            self.silent_hosts.add(image.host)
            raise Skipped(f"não veio de {image.host}; outro caminho") from None
