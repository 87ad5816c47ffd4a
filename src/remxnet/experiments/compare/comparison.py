"""A comparison as data: what was planned, the networks, their runs, and what they came to, as tables and as JSON.

`comparing` makes one, `findings` puts it into words, `figure` draws it.
"""

from __future__ import annotations

import html
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..layers import LayerTable, aligned, html_table
from ..runs.run import Run
from ..settings import Settings
from .findings import Standing, findings
from .spread import Summary, summarize

__all__ = ["Comparison", "Contestant", "Plan"]

HEADINGS = ("family", "parameters", "multiply-adds", "last epoch", "best epoch", "time per epoch")


@dataclass(frozen=True)
class Plan:
    """What is compared, and how.

    Attributes
    ----------
    families : tuple of str
        Names, see `find_family`.
    budget : int
        Number of parameters each has.
    seeds : tuple of int
        Each family is trained once with each.
    settings : Settings
        What all runs have in common; model, seed and output are each run's own.
    """

    families: tuple[str, ...]
    budget: int
    seeds: tuple[int, ...]
    settings: Settings


@dataclass
class Contestant:
    """A family's network and its runs.

    Attributes
    ----------
    label : str
        The family's name.
    model : str
        The name under which it can be trained: family and size.
    description : str
        Its layers as the family has them.
    layers : LayerTable
    runs : dict of int to Run
        Those that are finished, by their seeds.
    diverged : dict of int to str
        What became of those that ended without a result, by their seeds.
    """

    label: str
    model: str
    description: str
    layers: LayerTable
    runs: dict[int, Run] = field(default_factory=dict)
    diverged: dict[int, str] = field(default_factory=dict)

    def accuracies(self, which: str) -> list[float]:
        """Test accuracy of the `last` or the `best` epoch for each finished seed, in the order of the seeds."""
        return [
            (run.best if which == "best" else run.results[-1]).test_accuracy for _, run in sorted(self.runs.items())
        ]

    def seconds(self) -> float | None:
        """The median time that an epoch's training took."""
        times = [result.seconds for run in self.runs.values() for result in run.results]
        return statistics.median(times) if times else None


@dataclass(repr=False)
class Comparison:
    """Networks of several families with as many parameters each, trained alike.

    Printed, it is a table and what it says; a notebook shows it formatted.

    Attributes
    ----------
    directory : Path
        Where it is, with a run for each family and seed.
    plan : Plan
    data : str
        What was trained on; not what the plan asks for where that was not to be had.
    shape : tuple of int
        Of an image: channels, height, width.
    train_size, test_size : int
        Numbers of images.
    contestants : list of Contestant
    environment : dict
        Versions of what it was started with.
    notice : str or None
        What the user should know of the data.
    """

    directory: Path
    plan: Plan
    data: str
    shape: tuple[int, ...]
    train_size: int
    test_size: int
    contestants: list[Contestant]
    environment: dict[str, Any]
    notice: str | None = None

    def __getitem__(self, label: str) -> Contestant:
        """The contestant of that label."""
        for contestant in self.contestants:
            if contestant.label == label:
                return contestant
        raise KeyError(label)

    @property
    def labels(self) -> list[str]:
        """The contestants' labels."""
        return [contestant.label for contestant in self.contestants]

    @property
    def missing(self) -> int:
        """How many runs are not finished."""
        return len(self.contestants) * len(self.plan.seeds) - sum(len(each.runs) for each in self.contestants)

    def run_directory(self, label: str, seed: int) -> Path:
        """Where the run of a family and a seed is."""
        return self.directory / f"{label}-seed-{seed}"

    # --- tables -----------------------------------------------------------------------------------------------------

    def cells(self) -> list[tuple[str, ...]]:
        """The results as text, a row for each family."""
        rows: list[tuple[str, ...]] = []
        for each in self.contestants:
            products, seconds = each.layers.multiply_adds, each.seconds()
            rows.append(
                (
                    each.label,
                    f"{each.layers.parameters:,}",
                    f"{products:,}" if products is not None else f"at least {each.layers.at_least:,}",
                    percent(each.accuracies("last")),
                    percent(each.accuracies("best")),
                    "–" if seconds is None else f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s",
                )
            )
        return rows

    def legend(self) -> str:
        """What the columns of the table mean."""
        finished = max(len(each.runs) for each in self.contestants)
        spread = f"mean ± sample standard deviation over {finished} seeds" if finished > 1 else "of one seed"
        return (
            f"Accuracies on the {self.test_size:,} test images in percent, {spread}; multiply-adds for one image; time "
            "of training alone, median over epochs and seeds."
        )

    def findings(self) -> list[str]:
        """What the comparison says and does not say, in sentences."""
        settings = self.plan.settings
        standings = [
            Standing(
                label=each.label,
                parameters=each.layers.parameters,
                multiply_adds=each.layers.multiply_adds,
                seconds=each.seconds(),
                last={seed: run.results[-1].test_accuracy for seed, run in each.runs.items()},
                diverged=tuple(sorted(each.diverged)),
            )
            for each in self.contestants
        ]
        return findings(standings, settings, self.plan.budget, self.test_size, self.missing)

    def table(self) -> str:
        """The results, with what the columns mean, as text."""
        rows = self.cells()
        widths = [max(len(line[column]) for line in (HEADINGS, *rows)) for column in range(len(HEADINGS))]
        rule = ["-" * width for width in widths]
        return "\n".join([*(aligned(line, widths, left=1) for line in (HEADINGS, rule, *rows)), "", self.legend()])

    def layer_tables(self) -> str:
        """The layers of each network, as text."""
        return "\n\n".join(f"{each.label} ({each.model})\n{each.layers}" for each in self.contestants)

    def __str__(self) -> str:
        return "\n".join([self.table(), "", *(f"- {finding}" for finding in self.findings())])

    __repr__ = __str__

    def markdown(self) -> str:
        """The results, what they say, and the layers, in Markdown."""
        rule = ("---", *("---:" for _ in HEADINGS[1:]))
        table = "\n".join(f"| {' | '.join(line)} |" for line in (HEADINGS, rule, *self.cells()))
        said = "\n".join(f"- {finding}" for finding in self.findings())
        layers = "\n\n".join(f"`{each.model}`\n\n{each.layers.markdown()}" for each in self.contestants)
        return f"{table}\n\n{self.legend()}\n\n{said}\n\n{layers}\n"

    def _repr_html_(self) -> str:
        said = "".join(f"<li>{html.escape(finding)}</li>" for finding in self.findings())
        return f"{html_table(HEADINGS, self.cells(), left=1)}<p>{html.escape(self.legend())}</p><ul>{said}</ul>"

    # --- JSON and figure --------------------------------------------------------------------------------------------

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON takes it, results included."""
        settings = self.plan.settings.as_json()
        for own in ("model", "seed", "output"):
            del settings[own]
        return {
            "families": list(self.plan.families),
            "budget": self.plan.budget,
            "seeds": list(self.plan.seeds),
            "settings": settings,
            "data": self.data,
            "images": {"shape": list(self.shape), "train": self.train_size, "test": self.test_size},
            "environment": self.environment,
            "networks": [
                {
                    "label": each.label,
                    "model": each.model,
                    "description": each.description,
                    "parameters": each.layers.parameters,
                    "multiply_adds": each.layers.multiply_adds,
                    "layers": each.layers.data(),
                    "last_accuracy": of_seeds(each, "last"),
                    "best_accuracy": of_seeds(each, "best"),
                    "seconds_per_epoch": each.seconds(),
                    "diverged": {str(seed): reason for seed, reason in sorted(each.diverged.items())},
                    "runs": {str(seed): run.directory.name for seed, run in sorted(each.runs.items())},
                }
                for each in self.contestants
            ],
            "missing_runs": self.missing,
            "findings": self.findings(),
        }

    def figure(self, figure: Any = None) -> Any:
        """Draw accuracies over the epochs and after the last.

        Parameters
        ----------
        figure : matplotlib.figure.Figure, optional
            To draw into; a new one if not given.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ModuleNotFoundError
            Without matplotlib.
        """
        from .figure import draw

        return draw(self, figure)


def percent(accuracies: Sequence[float]) -> str:
    """Mean and deviation of accuracies, in percent."""
    if not accuracies:
        return "–"
    summary = summarize(accuracies)
    mean = f"{100 * summary.mean:.2f}"
    return mean if summary.deviation is None else f"{mean} ± {100 * summary.deviation:.2f}"


def of_seeds(contestant: Contestant, which: str) -> dict[str, Any] | None:
    """The accuracies of a contestant, and what they come to."""
    values = contestant.accuracies(which)
    if not values:
        return None
    summary: Summary = summarize(values)
    return {**asdict(summary), "values": values}
