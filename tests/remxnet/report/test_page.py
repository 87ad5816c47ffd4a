"""The page for subjects of every kind, made up so that nothing has to be trained."""

import re

import numpy
import pytest

pytest.importorskip("matplotlib")

from mxnet.gluon import nn
from remxnet.experiments.layers import layer_table
from remxnet.experiments.runs import EpochResult
from remxnet.report.activations import Activation
from remxnet.report.evaluation import Evaluation, Mistake
from remxnet.report.page import page, shown
from remxnet.report.subject import Subject

from .browser import look


def result(epoch, **figures):
    values = {"train_loss": 1 / epoch, "train_accuracy": 0.5, "test_loss": 1.0, "test_accuracy": 0.5}
    return EpochResult(epoch=epoch, seconds=1.0, images_per_second=10.0, learning_rate=0.1, **{**values, **figures})


def subject(classes, epochs=3, **changes):
    confusion = numpy.eye(classes, dtype=int) * 3
    confusion[0, -1] += 2
    image = numpy.random.RandomState(0).rand(3, 8, 8)
    net = nn.Dense(classes)
    net.initialize()
    names = [f"class number {number}" for number in range(classes)]
    results = [result(epoch) for epoch in range(1, epochs + 1)]
    accuracy = float(numpy.trace(confusion) / confusion.sum())
    return Subject(
        **{
            "name": "runs/made-up",
            "results": results,
            "best": result(1, test_accuracy=accuracy),
            "weights": "best",
            "settings": {"model": "made-up", "patience": None, "augment": True},
            "environment": {"python": "3"},
            "data": "nothing",
            "class_names": names,
            "shape": (3, 8, 8),
            "evaluation": Evaluation(confusion, [Mistake(image, 0, classes - 1, 0.9, 0.05)], image, 0),
            "layers": layer_table(net, (192,)),
            "first_layer": ("The kernels", numpy.ones((4, 3, 3, 3))),
            "activations": [Activation("0", "Dense", numpy.arange(float(classes)))],
            **changes,
        }
    )


@pytest.mark.parametrize("classes", [1, 2, 10, 20, 21, 100])
def test_from_one_class_to_a_hundred(classes, tmp_path):
    html = page([subject(classes)])
    assert ('class="confusion"' in html) == (classes <= 20)
    assert ("Confusion matrix of" in html) == (classes > 20)
    assert html.count('<th scope="row">class number') == classes + min(classes, 5)
    if classes in (1, 20, 100):
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        measured = look(path, tmp_path, 390)
        assert measured["problems"] == [] and measured["console"] == []
        assert measured["scrollWidth"] == 390 and measured["outside"] == []
        assert all(image["shown"] for image in measured["images"])


def test_no_mistakes_and_no_kernels_are_said():
    one = subject(2)
    confusion = numpy.eye(2, dtype=int)
    perfect = Evaluation(confusion, [], one.evaluation.example, 0)
    html = page([subject(2, evaluation=perfect, first_layer=None)])
    assert "There are none: every test image was recognised." in html
    assert "neither a convolution nor a dense layer" in html
    assert "Most frequent confusions" not in html


def test_a_class_without_images_has_no_accuracy():
    confusion = numpy.array([[2, 0], [0, 0]])
    html = page([subject(2, evaluation=Evaluation(confusion, [], numpy.ones((1, 2, 2)), 0))])
    assert "<td>0</td><td>0</td><td>–</td>" in html


def test_losses_that_are_no_numbers_leave_gaps():
    results = [result(1), result(2, train_loss=float("nan"), test_loss=float("inf")), result(3)]
    assert page([subject(2, results=results)]).count('<svg class="chart"') == 2


def test_numbers_that_are_none_make_a_page_all_the_same():
    values = numpy.array([numpy.nan, 1.0])
    html = page([subject(2, activations=[Activation("0", "Dense", values * numpy.nan)])])
    assert "no value is a finite number" in html


def test_runs_of_one_name_are_told_apart():
    html = page([subject(2, name="a/run"), subject(2, name="b/run")])
    assert "a/run, test" in html and "b/run, test" in html
    html = page([subject(2, name="run"), subject(2, name="run")])
    assert "run (1), test" in html and "run (2), test" in html


def test_fourteen_runs_have_fourteen_looks():
    html = page([subject(2, name=f"run{number}", epochs=1) for number in range(14)])
    start, end = html.index('<ul class="legend">'), html.index("</ul>")
    keys = [entry.split("</svg>")[0] for entry in html[start:end].split("<li>")[1:]]
    assert len(keys) == 28
    assert len(set(keys)) == 28


def test_settings_are_shown_as_words():
    assert [shown(value) for value in (None, True, [1, "a"], {"b": 2.5}, "<b>")] == [
        "–",
        "yes",
        "1, a",
        "b: 2.5",
        "<b>",
    ]
    html = page([subject(2, settings={"model": "<b>bold</b>", "x": "'\"&"})])
    assert "<b>bold" not in html and "&lt;b&gt;bold" in html


def test_what_differs_between_runs_is_marked():
    def settings(**own):
        return {"model": "made-up", "epochs": 3, "output": "somewhere", **own}

    html = page(
        [subject(2, settings=settings()), subject(2, settings=settings(epochs=4, output="elsewhere", amp=True))]
    )
    marked = re.findall(r'class="differs"><th scope="row">([^<]*)</th><td>([^<]*) <span', html)
    assert marked == [("epochs", "3"), ("epochs", "4"), ("amp", "yes")]
    assert "differs between the runs" in html and "≠" not in page([subject(2)])


def test_on_a_narrow_screen_every_figure_of_the_overview_has_its_name():
    html = page([subject(2)])
    named = re.findall(r'<td data-name="([^"]*)">', html)
    assert named == re.findall(r"<th>([^<]*)</th>", html[html.index("<th>run</th>") + 12 : html.index("</thead>")])
