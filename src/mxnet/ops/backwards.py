"""Backwards that run at present, and what is done at their end in the order in which MXNet would have done it.

Running statistics move in the backward pass. Where one batch norm is used twice on branches of a graph, its two moves
come in an order that torch and MXNet choose differently: torch goes from the youngest node to the oldest, MXNet from
variable to variable, in the order it meets them from the heads, each with all that its gradient needs. So what a node
does beside passing gradients on is put off to the end of the backward, and done in MXNet's order.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import torch

__all__ = ["Backward", "mark", "put_off"]

#: the mark's name in the notes that torch keeps with a node. A Python object stands for a node only as long as somebody
#: has it, and what hangs on a node may not have it
_MARK = "mxnet.mark"


class _Late(NamedTuple):
    """What is to be done for a node at the end: the node's mark, what it concerns, and how."""

    mark: object
    concerns: frozenset[Hashable]
    work: Callable[[], None]


class _Mine(threading.local):
    """The backward that the calling thread runs, the innermost where it runs one in another."""

    backward: Backward | None = None


_mine = _Mine()
_running: list[Backward] = []


class Backward:
    """A ``with`` block around a backward of torch's.

    Parameters
    ----------
    heads : sequence of Tensor
        where it begins
    variables : sequence of Tensor, optional
        what is differentiated by; None for all variables that there are
    still : bool
        whether it is one for prediction, in which nothing is done beside
    """

    def __init__(
        self, heads: Sequence[torch.Tensor], variables: Sequence[torch.Tensor] | None = None, still: bool = False
    ) -> None:
        self.heads, self.variables, self.still = heads, variables, still
        self._late: list[_Late] = []
        self._outer: Backward | None = None

    def __enter__(self) -> None:
        self._outer, _mine.backward = _mine.backward, self
        _running.append(self)

    def __exit__(self, failed: type[BaseException] | None, *rest: object) -> None:
        _mine.backward = self._outer
        _running.remove(self)
        if failed is None:
            for late in self._ordered():
                late.work()

    def put_off(self, late: _Late) -> None:
        """Have something done at the end."""
        if not self.still:
            self._late.append(late)

    def reaches(self, mark: object) -> bool:
        """Whether it goes through a node."""
        return any(node.metadata.get(_MARK) is mark for node in _Graph(self.heads).order)

    def _ordered(self) -> Iterable[_Late]:
        late = self._late
        if len(late) < 2 or len(frozenset().union(*(each.concerns for each in late))) == sum(
            len(each.concerns) for each in late
        ):
            return late
        nodes = _Graph(self.heads).backwards(self.variables)
        place = {node.metadata.get(_MARK): at for at, node in enumerate(nodes)}
        return sorted(late, key=lambda each: place[each.mark])


def mark(node: Any) -> object:
    """Mark a node of torch's graph, so that it can be told from others later."""
    made = node.metadata[_MARK] = object()
    return made


def put_off(mark: object, concerns: frozenset[Hashable], work: Callable[[], None]) -> None:
    """Have something done at the end of the backward that goes through a node at present.

    Parameters
    ----------
    mark : object
        the node's
    concerns : frozenset
        what the work changes; only pieces of work that concern the same are put in order
    work : callable()
        done at once where a program calls torch's backward itself
    """
    backward = _mine.backward
    if backward is None:  # torch runs the backward of an accelerator's operators on threads of its own
        running = list(_running)
        backward = next((each for each in running if len(running) == 1 or each.reaches(mark)), None)
    if backward is None:
        work()
    else:
        backward.put_off(_Late(mark, concerns, work))


#: nodes of torch's whose inputs come in another order than those of the function that is called: which come first
_INPUTS = {"AddmmBackward0": (1, 2, 0), "BaddbmmBackward0": (1, 2, 0), "AddmvBackward0": (1, 2, 0)}


def _inputs(node: Any) -> Sequence[tuple[Any, int]]:
    inputs: Sequence[tuple[Any, int]] = node.next_functions
    places = _INPUTS.get(node.name())
    return inputs if places is None else [inputs[place] for place in places]


class _Graph:
    """Torch's graph above some heads.

    Attributes
    ----------
    order : dict of node to its readers
        in the order of the forward, each node after its inputs; the readers by the place of the output that they read,
        in that order too
    """

    def __init__(self, heads: Sequence[torch.Tensor]) -> None:
        self.order: dict[Any, dict[int, list[Any]]] = {}
        for head in heads:
            if head.grad_fn is not None:
                self._visit(head.grad_fn)
        for node in self.order:
            for source, output in _inputs(node):
                if source is not None:
                    self.order[source][output].append(node)

    def _visit(self, root: Any) -> None:
        entered: set[Any] = set()
        stack = [root]
        while stack:
            node = stack[-1]
            if node in self.order:
                stack.pop()
            elif node in entered:
                stack.pop()
                self.order[node] = defaultdict(list)
            else:
                entered.add(node)
                stack += [source for source, _ in reversed(_inputs(node)) if source is not None]

    def backwards(self, variables: Sequence[torch.Tensor] | None) -> list[Any]:
        """The nodes in the order in which MXNet goes back through them."""
        leaves = {id(node.variable): node for node in self.order if hasattr(node, "variable")}
        starts = list(leaves.values())
        if variables is not None:
            starts = []
            for each in variables:
                if each.grad_fn is None:
                    starts += [leaves[id(each)]] if id(each) in leaves else []
                else:  # in the middle of a graph, where MXNet differentiates by nothing
                    starts += reversed(self.order.get(each.grad_fn, {}).get(each.output_nr, ()))
        done: dict[Any, None] = {}
        entered: set[Any] = set()
        for start in starts:
            stack = [start]
            while stack:
                node = stack[-1]
                if node in done:
                    stack.pop()
                elif node in entered:
                    stack.pop()
                    done[node] = None
                else:
                    entered.add(node)
                    # the gradient of an output is the sum of what its readers send, the last reader's first
                    needed = [reader for _, readers in sorted(self.order[node].items()) for reader in reversed(readers)]
                    stack += reversed(needed)
        return list(done)
