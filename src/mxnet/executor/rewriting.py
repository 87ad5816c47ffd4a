"""A program under change: who makes and who reads each value, kept up to date by every replacement.

A replacement costs what it replaces, however long the program is: steps keep their place in a list in which replaced
ones leave a gap, and each value knows its readers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .steps import Program, Step

__all__ = ["Rewriter"]


class Rewriter:
    """Who makes and who reads each value of a program, while passes replace steps.

    Parameters
    ----------
    program : Program
        its steps are those of the rewriter after :meth:`close`
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._order: list[Step | None] = list(program.steps)
        self._places = {step: place for place, step in enumerate(program.steps)}
        self._makers: dict[int, Step] = {}
        #: value -> the steps that read it, and how often each does
        self._readers: dict[int, dict[Step, int]] = {}
        self._shown = set(program.heads)
        for step in program.steps:
            self._enter(step)

    def steps(self) -> Iterator[Step]:
        """The steps in order; one that was replaced on the way is left out, one that was put in is not shown."""
        for step in list(self._order):
            if step is not None and step in self._places:
                yield step

    def maker(self, value: int | None) -> Step | None:
        """The step that makes a value; None for a variable."""
        return None if value is None else self._makers.get(value)

    def only_reader(self, step: Step) -> Step | None:
        """The one step that reads this one's result, once, where it is no output of the graph."""
        if len(step.outputs) != 1 or step.outputs[0] in self._shown:
            return None
        readers = self._readers.get(step.outputs[0], {})
        if len(readers) != 1:
            return None
        ((reader, times),) = readers.items()
        return reader if times == 1 else None

    def shape(self, value: int | None) -> tuple[int, ...] | None:
        """The shape of a value, where it is known."""
        return None if value is None else self.program.shapes.get(value)

    def replace(self, old: Sequence[Step], new: Sequence[Step]) -> None:
        """Put steps in the places of the last of others.

        Parameters
        ----------
        old : sequence of Step
            in the program's order; what others than themselves read of them, some new step has to make
        new : sequence of Step
            no more than the old ones
        """
        if len(new) > len(old):
            raise ValueError(f"replace: {len(new)} steps in the places of {len(old)}; expected no more")
        places = [self._places[step] for step in old]
        for step, place in zip(old, places):
            self._leave(step)
            self._order[place] = None
        for step, place in zip(new, places[len(old) - len(new) :]):
            self._order[place] = step
            self._places[step] = place
            self._enter(step)

    def close(self) -> None:
        """Give the program its steps."""
        self.program.steps = [step for step in self._order if step is not None]

    def _enter(self, step: Step) -> None:
        for made in step.outputs:
            self._makers[made] = step
        for value in step.inputs:
            if value is not None:
                readers = self._readers.setdefault(value, {})
                readers[step] = readers.get(step, 0) + 1

    def _leave(self, step: Step) -> None:
        del self._places[step]
        for made in step.outputs:
            del self._makers[made]
        for value in step.inputs:
            if value is not None:
                self._readers[value].pop(step, None)
