"""The picture of a comparison: accuracy over the epochs, with the spread of the seeds, and after the last epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...figures import new_figure

if TYPE_CHECKING:
    from .comparison import Comparison

__all__ = ["draw"]

#: Okabe and Ito's colours, told apart by everybody; lines and markers differ too
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def draw(comparison: Comparison, figure: Any = None) -> Any:
    """Draw a comparison into a matplotlib figure, a new one if none is given, and return it."""
    figure = new_figure((9, 3.8)) if figure is None else figure
    curves, last = figure.subplots(1, 2, width_ratios=(3, 2))
    several = max(len(each.runs) for each in comparison.contestants) > 1
    for number, each in enumerate(comparison.contestants):
        style = {
            "color": COLOURS[number % len(COLOURS)],
            "marker": MARKERS[number % len(MARKERS)],
        }
        draw_curve(curves, each, style, LINES[number % len(LINES)])
        draw_last(last, each, number, style)
    curves.set(xlabel="epoch", ylabel="test accuracy in percent")
    curves.set_title("mean over the seeds; band: lowest to highest" if several else "one seed", fontsize="medium")
    curves.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    if comparison.plan.settings.epochs == 1:
        curves.set_xlim(0.5, 1.5)
    if any(each.runs for each in comparison.contestants):
        curves.legend()
    last.set(xlabel="test accuracy in percent")
    last.set_title("after the last epoch; bar: mean" if several else "after the last epoch", fontsize="medium")
    last.set_yticks(range(len(comparison.contestants)), comparison.labels)
    last.set_ylim(len(comparison.contestants) - 0.5, -0.5)
    for axes in (curves, last):
        axes.grid(alpha=0.3)
    epochs = comparison.plan.settings.epochs
    figure.suptitle(
        f"{comparison.data}, {comparison.plan.budget:,} parameters each, {epochs} epoch{'s' if epochs > 1 else ''}",
        fontsize="large",
    )
    return figure


def draw_curve(axes: Any, contestant: Any, style: dict[str, Any], line: str) -> None:
    """Mean and range of a family's test accuracy over the epochs."""
    curves = [[100 * result.test_accuracy for result in run.results] for run in contestant.runs.values()]
    if not curves:
        return
    at_epoch = list(zip(*curves))  # as far as all of them go
    epochs = range(1, len(at_epoch) + 1)
    means = [sum(values) / len(values) for values in at_epoch]
    marked = max(1, len(at_epoch) // 10)
    axes.plot(epochs, means, line, markevery=marked, markersize=5, label=contestant.label, **style)
    if len(curves) > 1:
        low, high = list(map(min, at_epoch)), list(map(max, at_epoch))
        axes.fill_between(epochs, low, high, color=style["color"], alpha=0.2, linewidth=0)


def draw_last(axes: Any, contestant: Any, row: int, style: dict[str, Any]) -> None:
    """The accuracy of every seed after the last epoch, and their mean."""
    values = [100 * value for value in contestant.accuracies("last")]
    if not values:
        return
    axes.plot(values, [row] * len(values), linestyle="none", alpha=0.7, **style)
    if len(values) > 1:
        axes.plot([sum(values) / len(values)], [row], "|", color=style["color"], markersize=22, markeredgewidth=2.5)
