"""The page: what was found about runs, as text and pictures in one HTML file.

The template escapes everything that comes from a file; pictures are inside the page, and it has no script.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from .. import __version__
from ..experiments.layers import HEADINGS
from .charts import Series, curve_chart, key
from .pictures import MOST_NUMBERS, heat_map, image_picture, map_picture, weight_picture
from .subject import Subject

__all__ = ["page"]

MOST_IN_TABLE = 20  # classes; a matrix of more is a picture


def page(subjects: Sequence[Subject]) -> str:
    """The report on one or several runs, as HTML.

    Parameters
    ----------
    subjects : list of Subject
    """
    environment = Environment(
        loader=PackageLoader("remxnet.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=False
    )
    style = environment.loader.get_source(environment, "report.css")[0]  # type: ignore[union-attr]
    names = short_names([subject.name for subject in subjects])
    charts, legend = curves(subjects, names)
    first = subjects[0]
    title = (
        f"{first.settings.get('model')} on {data_name(first)}"
        if len(subjects) == 1
        else f"{len(subjects)} runs compared"
    )
    return environment.get_template("report.html").render(
        title=title,
        version=__version__,
        date=time.strftime("%Y-%m-%d %H:%M"),
        style=Markup(style),
        weights=first.weights,
        charts=[Markup(chart) for chart in charts],
        legend=legend,
        runs=[
            described(subject, name, f"run-{number}", subjects)
            for number, (subject, name) in enumerate(zip(subjects, names), 1)
        ],
    )


def short_names(names: Sequence[str]) -> list[str]:
    """The last parts of the paths, as many as tell them apart."""
    parts = [[part for part in name.replace("\\", "/").split("/") if part not in ("", ".")] or [name] for name in names]
    for depth in range(1, max(map(len, parts)) + 1):
        short = ["/".join(part[-depth:]) for part in parts]
        if len(set(short)) == len(short):
            return short
    return [f"{name} ({number})" for number, name in enumerate(names, 1)]


def data_name(subject: Subject) -> str:
    """The data set, of a folder the last part; the settings have the whole path."""
    return subject.data.replace("\\", "/").rstrip("/").rpartition("/")[2] or subject.data


# --- curves ----------------------------------------------------------------------------------------------------------


def curves(subjects: Sequence[Subject], names: Sequence[str]) -> tuple[list[str], list[dict[str, Any]]]:
    """Loss, accuracy and learning rate over the epochs, and the legend of all three."""
    alone = len(subjects) == 1
    legend = []
    loss, accuracy, rate = [], [], []
    for number, (subject, name) in enumerate(zip(subjects, names)):
        test, train = (0, 1) if alone else (number, number)
        for part, colour, dashed in (("test", test, False), ("training", train, True)):
            label = part if alone else f"{name}, {part}"
            legend.append({"key": Markup(key(colour, dashed)), "name": label})
            prefix = "test" if part == "test" else "train"
            loss.append(Series(label, points(subject, f"{prefix}_loss"), colour, dashed))
            accuracy.append(Series(label, points(subject, f"{prefix}_accuracy"), colour, dashed))
        rate.append(Series(name, points(subject, "learning_rate"), test))
    charts = [curve_chart("accuracy", accuracy), curve_chart("cross-entropy loss", loss)]
    if any(len({y for _, y in series.points}) > 1 for series in rate):
        charts.append(curve_chart("learning rate", rate))
    return charts, legend


def points(subject: Subject, name: str) -> list[tuple[float, float]]:
    """One figure over the epochs; what is not a number leaves a gap."""
    return [(result.epoch, getattr(result, name)) for result in subject.results]


# --- one run ---------------------------------------------------------------------------------------------------------


def pairs(subject: Subject, what: str, others: Sequence[Subject]) -> list[tuple[str, str, bool]]:
    """Settings or versions as text, each with whether those of another run are different."""
    own = getattr(subject, what)
    missing = object()
    return [
        (
            name.replace("_", " ") if what == "settings" else name,
            shown(value),
            name != "output" and any(getattr(other, what).get(name, missing) != value for other in others),
        )
        for name, value in own.items()
    ]


def described(subject: Subject, name: str, anchor: str, others: Sequence[Subject] = ()) -> dict[str, Any]:
    """All that the template shows of a run; what differs from the others' is marked."""
    evaluation = subject.evaluation
    products = subject.layers.multiply_adds
    mean_seconds = sum(result.seconds for result in subject.results) / len(subject.results)
    confusion = evaluation.confusion
    shares = confusion / numpy.maximum(confusion.sum(axis=1, keepdims=True), 1)
    in_table = len(subject.class_names) <= MOST_IN_TABLE
    return {
        "id": anchor,
        "name": name,
        "notice": notice(subject),
        "overview": [
            subject.settings.get("model"),
            data_name(subject),
            percent(evaluation.accuracy, 2),
            subject.best.epoch,
            len(subject.results),
            f"{subject.layers.parameters:,}",
            f"{products:,}" if products is not None else "not known",
            f"{mean_seconds:.1f}",
        ],
        "right": f"{int(numpy.trace(confusion)):,}",
        "images": f"{evaluation.images:,}",
        "classes": len(subject.class_names),
        "class_names": subject.class_names,
        "heat": None if in_table else heat_map(shares, f"Confusion matrix of {len(shares)} classes"),
        "matrix": matrix(confusion, shares) if in_table else None,
        "confusions": [
            {
                "true": subject.class_names[true],
                "predicted": subject.class_names[predicted],
                "count": count,
                "share": percent(shares[true, predicted]),
            }
            for true, predicted, count in evaluation.frequent_confusions()
        ],
        "by_class": list(by_class(subject)),
        "mistakes": [mistake(subject, one) for one in evaluation.mistakes],
        "kernels": kernels(subject),
        "example": {
            "label": subject.class_names[evaluation.example_label],
            "picture": image_picture(
                evaluation.example, f"The test image, {subject.class_names[evaluation.example_label]}"
            ),
        },
        "maps": [feature_maps(layer) for layer in subject.activations],
        "scores": scores(subject),
        "layers": {"headings": HEADINGS, "rows": subject.layers.cells()},
        "settings": pairs(subject, "settings", others),
        "environment": pairs(subject, "environment", others),
    }


def notice(subject: Subject) -> str | None:
    """What the reader should know first."""
    wanted = subject.results[-1] if subject.weights == "last" else subject.best
    if subject.notice:
        return subject.notice
    if abs(wanted.test_accuracy - subject.evaluation.accuracy) > 0.0005:
        return (
            f"The weights give {percent(subject.evaluation.accuracy, 2)} here and gave "
            f"{percent(wanted.test_accuracy, 2)} when they were trained: the data set or the program has changed."
        )
    return None


def matrix(confusion: numpy.ndarray, shares: numpy.ndarray) -> list[list[dict[str, Any]]]:
    """Cells with a count and how strongly they are coloured; the root makes rare confusions visible."""
    return [
        [
            {"count": int(count), "share": f"{math.sqrt(share):.3f}", "right": row == column}
            for column, (count, share) in enumerate(zip(counts, row_shares))
        ]
        for row, (counts, row_shares) in enumerate(zip(confusion, shares))
    ]


def by_class(subject: Subject) -> Any:
    """A row for each class."""
    confusion = subject.evaluation.confusion
    for label, name in enumerate(subject.class_names):
        images, taken, right = int(confusion[label].sum()), int(confusion[:, label].sum()), int(confusion[label, label])
        yield {
            "name": name,
            "images": f"{images:,}",
            "right": f"{right:,}",
            "accuracy": percent(right / images) if images else "–",
            "width": f"{100 * right / images:.1f}" if images else "0",
            "precision": percent(right / taken) if taken else "–",
        }


def mistake(subject: Subject, one: Any) -> dict[str, Any]:
    """An image with what it is and what it was taken for."""
    true, predicted = subject.class_names[one.true], subject.class_names[one.predicted]
    return {
        "picture": image_picture(one.image, f"{true}, taken for {predicted}"),
        "true": true,
        "predicted": predicted,
        "confidence": percent(one.confidence),
        "in_truth": percent(one.confidence_in_truth),
    }


def kernels(subject: Subject) -> dict[str, Any] | None:
    """The weights of the first layer."""
    if subject.first_layer is None:
        return None
    what, weights = subject.first_layer
    units, channels, height, width = weights.shape
    kinds = f"{units} of {height}×{width}" + (f" over {channels} channels" if channels > 1 else "")
    if channels == 3:
        scale, shown_units = "Each in the colours that it answers to.", min(units, 64)
    else:
        scale, shown_units = "Blue is negative, white zero, orange positive.", min(units * channels, 64)
    total = units if channels == 3 else units * channels
    if shown_units < total:
        scale += f" The first {shown_units} are shown."
    return {
        "what": f"{what}: {kinds}",
        "scale": scale,
        "picture": weight_picture(weights, f"{what}, {shown_units} small images"),
    }


def feature_maps(layer: Any) -> dict[str, Any]:
    """What one layer gives."""
    values = layer.values
    size = "×".join(map(str, values.shape))
    finite = values[numpy.isfinite(values)]
    note = f"from {finite.min():.3g} to {finite.max():.3g}" if finite.size else "no value is a finite number"
    if values.ndim == 3:
        count, most, thing = len(values), 16, "channel"
    else:
        count, most, thing = len(values), MOST_NUMBERS, "number"
    if count > most:
        note = f"the first {most} of {count} {thing}s, {note}"
    return {
        "name": layer.name,
        "type": layer.type,
        "shape": size,
        "note": note.replace("-", "−"),
        "picture": map_picture(values, f"Output of layer {layer.name}, {layer.type}: {size}, {note}"),
    }


def scores(subject: Subject, most: int = 5) -> list[dict[str, Any]]:
    """The classes that the example is most likely to be."""
    raw = subject.activations[-1].values.astype(numpy.float64).reshape(-1)
    odds = numpy.exp(raw - raw.max())
    shares = odds / odds.sum()
    order = numpy.argsort(-shares, kind="stable")[:most]
    return [
        {
            "name": subject.class_names[label],
            "probability": percent(shares[label]),
            "width": f"{100 * shares[label]:.1f}",
        }
        for label in order
    ]


def percent(share: float, decimals: int = 1) -> str:
    """A share of one in percent; the sign stays with the number."""
    return f"{100 * float(share):.{decimals}f}\N{NO-BREAK SPACE}%"


def shown(value: Any) -> str:
    """A setting as text."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {shown(item)}" for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(shown, value))
    return str(value)
