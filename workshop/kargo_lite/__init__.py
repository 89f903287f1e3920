"""kargo-lite: a stand-in for Kargo, for machines that cannot have Kargo's image.

It reconciles Kargo's *own* CRDs, from the same YAML, exactly as far as this workshop uses them; what
it does not know it refuses by name (see ``supported.py``). It is not Kargo: for anything but this
workshop install the real one, https://docs.kargo.io.

How to read it, top down:

==================  =============================================================================
``main.py``         what is watched, and which object each change wakes up
``project.py``      Project -> namespace; ProjectConfig -> promotion policies
``warehouse.py``    image tags -> Freight (``registry.py`` talks to the registry, ``freight.py`` names it)
``stage.py``        which Promotion runs, health, verification, auto-promotion (``autopromotion.py``)
``promotion.py``    one Promotion from Pending to its end (``orchestrator.py`` runs its ``steps/``)
``expressions.py``  the language inside ``${{ }}`` (``evaluator.py``, ``templates.py``, ``functions.py``)
``admission.py``    what is asked of new Promotions, Freight, Projects (``webhook.py`` serves it)
``objects.py``      how an object is read where a part of it may be missing
==================  =============================================================================

Where a rule was learnt from Kargo, the docstring names the file in Kargo's repository (tag v1.11.2).
The package stands alone: in its image there is nothing else of this repository.
"""

KARGO_VERSION = "1.11.2"
"""The Kargo release whose behaviour and CRDs this package follows."""
