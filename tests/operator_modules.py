"""Sweeps over all operators go by the module where they stand: a test for each operator takes longer than its check."""

import collections

from mxnet.ops import OPERATORS


def by_module(names):
    """The operators of these names by their module, whose name is told below ``mxnet.ops``, in the alphabet's order."""
    found = collections.defaultdict(list)
    for name in sorted(names):
        found[OPERATORS[name].function.__module__.removeprefix("mxnet.ops.")].append(name)
    return dict(sorted(found.items()))
