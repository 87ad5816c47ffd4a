"""A comparison in plain words: which differences the seeds do not explain, and what it does not say at all."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ..settings import Settings
from .spread import CONFIDENCE, paired_difference, summarize

__all__ = ["Standing", "findings"]


@dataclass(frozen=True)
class Standing:
    """What one family came to: its size, its costs, the accuracy after the last epoch for each seed, lost seeds."""

    label: str
    parameters: int
    multiply_adds: int | None
    seconds: float | None
    last: dict[int, float]
    diverged: tuple[int, ...] = ()


def findings(standings: Sequence[Standing], settings: Settings, budget: int, test_size: int, missing: int) -> list[str]:
    """Sentences on what a comparison says and does not say.

    Parameters
    ----------
    standings : sequence of Standing
    settings : Settings
        What all runs have in common.
    budget : int
    test_size : int
        Number of test images.
    missing : int
        How many runs are not finished.
    """
    counts = sorted(each.parameters for each in standings)
    said = []
    for each in standings:
        if each.diverged:
            seeds = ", ".join(map(str, each.diverged))
            said.append(
                f"{each.label} diverged with seed{'s' if len(each.diverged) > 1 else ''} {seeds}: its loss became no "
                "number, and what is said of it is said of the other seeds only."
            )
    waiting = missing - sum(len(each.diverged) for each in standings)
    if waiting:
        said.append(f"{runs(waiting)} not finished: this is what the others say so far.")
    spread = f"{counts[0]:,}" if counts[0] == counts[-1] else f"{counts[0]:,} to {counts[-1]:,}"
    said.append(
        f"Every network has {spread} parameters, within half a percent of the budget of {budget:,}, and was trained "
        f"for {number(settings.epochs, 'epoch')} with {settings.optimizer} at a learning rate of "
        f"{settings.learning_rate:g}; for each seed, all of them saw the same batches in the same order."
    )
    ranked = sorted((each for each in standings if each.last), key=lambda each: -statistics.fmean(each.last.values()))
    pairs = list(itertools.combinations(ranked, 2))
    said += [sentence for ahead, behind in pairs if (sentence := of_pair(ahead, behind))]
    if ranked:
        said.append(of_costs(ranked))
        said += limits(ranked, pairs, test_size)
    return [sentence for sentence in said if sentence]


def of_pair(ahead: Standing, behind: Standing) -> str | None:
    """What is to be said of two families, of which the first has the better mean; None where no seed has both."""
    seeds = sorted(ahead.last.keys() & behind.last.keys())
    if not seeds:
        return None
    ones, others = ([100 * each.last[seed] for seed in seeds] for each in (ahead, behind))
    difference = paired_difference(ones, others)
    if difference.low is None or difference.high is None:
        if difference.mean == 0:
            return f"{ahead.label} and {behind.label} are equal after the last epoch, with the one seed there is."
        return (
            f"{ahead.label} is ahead of {behind.label} by {points(difference.mean)} after the last epoch, with the one "
            "seed there is."
        )
    interval = (
        f"{100 * CONFIDENCE:.0f} % interval for the mean difference {difference.low:+.2f} to {difference.high:+.2f}, "
        f"{difference.count} seeds"
    )
    if difference.is_clear:
        return (
            f"{ahead.label} is ahead of {behind.label} by {points(difference.mean)} after the last epoch, more than "
            f"the choice of the seeds explains ({interval})."
        )
    return (
        f"{ahead.label} and {behind.label} cannot be told apart: they differ by {points(difference.mean)} after the "
        f"last epoch, which the choice of the seeds alone may explain ({interval})."
    )


def of_costs(ranked: Sequence[Standing]) -> str:
    """That equal parameters are not equal work."""
    known = [each for each in ranked if each.multiply_adds]
    if len(known) < 2:
        return ""
    least = min(known, key=lambda each: each.multiply_adds or 0)
    most = max(known, key=lambda each: each.multiply_adds or 0)
    ratio = (most.multiply_adds or 0) / (least.multiply_adds or 1)
    if ratio < 1.05:
        return ""
    words = (
        f"As many parameters are not as much work: {most.label} computes {ratio:.3g} times the multiply-adds of "
        f"{least.label}"
    )
    if most.seconds and least.seconds:
        words += f", and an epoch takes {most.seconds / least.seconds:.3g} times as long"
    return f"{words}."


def limits(ranked: Sequence[Standing], pairs: Sequence[tuple[Standing, Standing]], test_size: int) -> list[str]:
    """What the comparison does not say."""
    seeds = max(len(each.last) for each in ranked)
    mean = summarize([value for each in ranked for value in each.last.values()]).mean
    sampling = 100 * 1.96 * math.sqrt(max(mean * (1 - mean), 0) / test_size)
    said = []
    if seeds == 1:
        said.append(
            "From one seed nothing can be said about spread: another seed may turn the order round. Take three or more."
        )
    elif pairs:
        rest = f"With {seeds} seeds, an interval rests on the differences being normally distributed"
        if len(pairs) > 1:
            rest += (
                f"; and each is for one pair, of many such intervals about one in {round(1 / (1 - CONFIDENCE))} misses"
            )
        said.append(f"{rest}.")
    said.append(
        'The "best epoch" was chosen by its accuracy on the test images, which makes it optimistic; the last epoch was '
        "not chosen."
    )
    said.append(
        f"The seeds vary initial weights and the order of the images, not the test images: {test_size:,} of them leave "
        f"an accuracy of {100 * mean:.0f} % uncertain by about ±{sampling:.2f} points, for whichever network."
    )
    said.append(
        "It does not say which family is best with another budget, other data, a longer training, or a learning rate "
        "chosen for each family."
    )
    return said


def points(difference: float) -> str:
    """A difference of percentages."""
    return f"{abs(difference):.2f} points"


def number(count: int, what: str) -> str:
    """So many of something."""
    return f"{count} {what}" if count == 1 else f"{count:,} {what}s"


def runs(count: int) -> str:
    """So many runs are."""
    return "One run is" if count == 1 else f"{count} runs are"
