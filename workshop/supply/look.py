"""What is in place on this machine, for the plan."""

from __future__ import annotations

from collections.abc import Iterable

from workshop import paths
from workshop import settings as config
from workshop.machine import authorities
from workshop.supply import images, mirrors, recipes, tools
from workshop.supply.archives import archive_path, read_archive
from workshop.supply.catalogue import Catalogue, Image
from workshop.supply.plan import Facts, Found


def look(pins: Catalogue) -> Facts:
    """Tools, binaries, images, archives and the choices in force. Nothing is pulled, and nothing asked outside.

    Raises `WorkshopError` where an archive that would be needed is damaged.
    """
    choices = config.settings()
    recipe_of = recipes.image_recipes(pins, paths.ROOT, authorities.extra())
    engine = images.images_in_engine(pins.images.values())
    # What the engine has as it should be needs no second source.
    wanting = [
        image
        for key, image in pins.images.items()
        if key not in engine or engine[key].recipe not in (None, recipe_of.get(key))
    ]
    return Facts(
        tools=tools.tools_in_place(pins.tools.values()),
        binaries=tools.binaries_in_place(pins.programs.values()),
        engine=engine,
        archives=_archives(wanting),
        registry=mirrors.images_in_registry(wanting),
        recipes=recipe_of,
        platform=tools.for_people().platform,
        supply=choices.supply,
        kargo=choices.kargo,
    )


def _archives(wanting: Iterable[Image]) -> dict[str, Found]:
    return {image.key: read_archive(archive_path(image), image) for image in wanting if archive_path(image).exists()}
