"""Convert networks and write down how far both sides are apart.

    python -m bench.conversions [--targets py pt2] [--only NAME ...] [--output FILE]

Each network is saved as MXNet's programs save it, and goes to each target by `remxnet.convert`, with its own proof:
three seeds, batches of 1 and 3, and as in training where the target can; `back` is out to ONNX and in again. The
networks of Gluon's zoo take an hour of processor time; the others a minute. `python -m bench.conversions.loading` tells
how long files take to open.
"""

from __future__ import annotations

import argparse
import fnmatch
import gc
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .back import there_and_back
from .networks import NETWORKS, Shapes, of_zoo

#: of outputs in prediction and in training, and of gradients; None where they are not compared
Numbers = tuple[float, float | None, float | None]
#: larger differences are told as failures
TOLERANCE = 1e-4


@dataclass
class Row:
    """One network in one target.

    Attributes
    ----------
    network, target : str
    predicted : float
        the largest difference of all outputs, as a share of an output's largest element
    trained : float or None
        the same as in training, None where that is not compared
    gradients : float or None
        the largest difference of all gradients, as a share of the largest of them; None where they are not compared
    seconds : float
    problem : str
        why it was not converted; "" where it was
    """

    network: str
    target: str
    predicted: float = 0.0
    trained: float | None = None
    gradients: float | None = None
    seconds: float = 0.0
    problem: str = ""

    def cells(self) -> list[str]:
        """What the table shows."""
        if self.problem:
            return ["–", "–", "–", f"{self.seconds:.0f}", self.problem]
        numbers = [shown(each) for each in (self.predicted, self.trained, self.gradients)]
        return [*numbers, f"{self.seconds:.0f}", ""]


def shown(number: float | None) -> str:
    """A difference in the table."""
    return "–" if number is None else f"{number:.1e}" if number else "0"


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    top = argparse.ArgumentParser(prog="python -m bench.conversions", description="Convert networks, and compare.")
    top.add_argument("--targets", nargs="+", metavar="ENDING", choices=TARGETS, default=["py", "pt2"],
                     help=f"of {', '.join(TARGETS)}; default: py pt2")  # fmt: skip
    top.add_argument("--only", nargs="+", metavar="NAME", help="these networks; * and ? are understood")
    top.add_argument("--tolerance", type=float, default=TOLERANCE, metavar="T",
                     help="how far an output may be off, as a share of its largest element")  # fmt: skip
    top.add_argument("--keep", type=Path, metavar="DIR", help="leave the models and what they became here")
    top.add_argument("--output", type=Path, metavar="FILE", help="write the table here as well")
    return top


def main() -> int:
    """Run a command line; 1 where something fails."""
    options = parser().parse_args()
    names = chosen(options.only)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            for row in converted(name, options.targets, options.keep or Path(scratch), options.tolerance):
                print(f"{row.network:24} .{row.target:5} {' '.join(row.cells())}", flush=True)
                rows.append(row)
    text = table(rows)
    print(f"\n{text}")
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    return int(any(row.problem for row in rows))


def chosen(patterns: list[str] | None) -> list[str]:
    """The networks that were asked for."""
    from mxnet.gluon.model_zoo.vision import MODELS

    names = [*NETWORKS, *sorted(MODELS)]
    for pattern in patterns or ():
        if not fnmatch.filter(names, pattern):
            sys.exit(f"no network is called {pattern}; there are {', '.join(names)}")
    return [name for name in names if not patterns or any(fnmatch.fnmatch(name, each) for each in patterns)]


def converted(name: str, targets: list[str], folder: Path, tolerance: float) -> Iterator[Row]:
    """A network in each target."""
    place = folder / name.replace(".", "_")
    place.mkdir(parents=True, exist_ok=True)
    prefix, shapes = NETWORKS[name](place) if name in NETWORKS else of_zoo(name, place)
    for target in targets:
        start = time.perf_counter()
        row = _row(name, target, prefix, shapes, tolerance)
        row.seconds = time.perf_counter() - start
        gc.collect()
        yield row


def _row(name: str, target: str, prefix: str, shapes: Shapes, tolerance: float) -> Row:
    from mxnet.base import MXNetError
    from remxnet.errors import InputError

    try:
        return Row(name, target, *TARGETS[target](prefix, shapes, tolerance))
    except (InputError, MXNetError) as error:
        return Row(name, target, problem=str(error).removeprefix(f"{prefix}: "))


def _written(prefix: str, shapes: Shapes, tolerance: float, *, ending: str, dynamic: bool) -> Numbers:
    from remxnet.convert import convert

    done = convert(prefix, f"{prefix}.{ending}", shapes=shapes, tolerance=tolerance, dynamic=dynamic)
    trained, gradients = (
        max((each.share for each in rows), default=None) for rows in (done.trained.outputs, done.trained.gradients)
    )
    return max(each.share for each in done.outputs), trained, gradients


def _back(prefix: str, shapes: Shapes, tolerance: float) -> Numbers:
    from mxnet.base import MXNetError

    share = there_and_back(prefix, shapes)
    if share > tolerance:
        raise MXNetError(f"what comes back differs by {shown(share)}, more than {tolerance:g}")
    return share, None, None


#: what is done by the name of a target: the differences of a row
TARGETS: dict[str, Callable[[str, Shapes, float], Numbers]] = {
    "py": partial(_written, ending="py", dynamic=False),
    "pt2": partial(_written, ending="pt2", dynamic=True),
    "onnx": partial(_written, ending="onnx", dynamic=True),
    "back": _back,
}


def table(rows: list[Row]) -> str:
    """All of them in Markdown: a line for each network, the targets beside each other."""
    targets = list(dict.fromkeys(row.target for row in rows))
    heads = [
        "network",
        *(f"`.{t}` {what}" for t in targets for what in ("prediction", "training", "gradients", "s")),
        "what fails",
    ]
    lines = [f"| {' | '.join(heads)} |", "| --- |" + " ---: |" * (len(heads) - 2) + " --- |"]
    for name in dict.fromkeys(row.network for row in rows):
        own = {row.target: row.cells() for row in rows if row.network == name}
        cells = [cell for target in targets for cell in own[target][:4]]
        problems = [f"`.{target}`: {cells[4]}" for target, cells in own.items() if cells[4]]
        lines.append(f"| {' | '.join([name, *cells, '; '.join(problems).replace('|', chr(92) + '|')])} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
