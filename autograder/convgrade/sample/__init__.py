"""The sample class: who hands in what, and the marks that each of them must get."""

from .cheats import AGREES_WITH_EVERYTHING, FORGES_OUTPUTS, LOOKS_AROUND
from .students import STUDENTS, Builder, Sample

__all__ = ["AGREES_WITH_EVERYTHING", "FORGES_OUTPUTS", "LOOKS_AROUND", "STUDENTS", "Builder", "Sample"]
