"""Everything that is measured, one file for each family, with the implementations side by side.

The cases of a family share their worker processes; those that measure a fresh process have one for every sample.
"""

from __future__ import annotations

from ..case import Case
from . import eager, graphs, growth, large, lenet, loading, notebooks, processes, recurrent

FAMILIES: dict[str, list[Case]] = {
    "lenet": lenet.CASES,
    "large": large.CASES,
    "eager": eager.CASES,
    "graphs": graphs.CASES,
    "recurrent": recurrent.CASES,
    "loading": loading.CASES,
    "processes": processes.CASES,
    "growth": growth.CASES,
    "notebooks": notebooks.CASES,
}
CASES: dict[str, Case] = {case.name: case for family in FAMILIES.values() for case in family}
