import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

import mxnet as mx
from remxnet import cli
from remxnet.errors import InputError
from remxnet.experiments import Settings, load_net, open_run, train
from remxnet.experiments.runs.run import EpochResult, has_stalled
from remxnet.experiments.training import datasets
from remxnet.experiments.training.learner import accuracy, evaluate


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train(
        Settings("mlp", "sample", 2, 500, output=str(tmp_path_factory.mktemp("runs") / "run"), learning_rate=0.5)
    )


def test_a_run_is_opened_as_it_was_trained(run):
    opened = open_run(str(run.directory))
    assert opened.results == run.results
    assert opened.config == run.config
    assert opened.best == run.best
    assert opened.finished
    assert opened.settings.learning_rate == 0.5
    assert opened.config["format"] == 1
    assert opened.config["data"] == "sample"
    assert "torch" in opened.config["environment"]


def test_its_model_comes_back_with_its_weights(run):
    images = datasets.load_images("sample", 256)
    for weights, result in (("best", run.best), ("last", run.results[-1])):
        net = load_net(open_run(run.directory), weights)
        loss, share = evaluate(net, images.test, mx.cpu())
        assert share == accuracy(net, images.test, mx.cpu()) == result.test_accuracy
        assert loss == pytest.approx(result.test_loss, rel=1e-6)


def test_what_evaluation_gives_is_what_numpy_gives(run):
    images = datasets.load_images("sample", 256)
    net = load_net(run)
    scores = np.concatenate([net(inputs).asnumpy() for inputs, _ in images.test]).astype(np.float64)
    labels = np.concatenate([labels.asnumpy() for _, labels in images.test])
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    loss, share = evaluate(net, images.test, mx.cpu())
    assert loss == pytest.approx(-np.log(shares[np.arange(1000), labels]).mean(), rel=1e-5)
    assert share == (scores.argmax(axis=1) == labels).mean()


def test_there_are_best_and_last_weights_only(run, tmp_path):
    with pytest.raises(InputError, match="weights 'first' are none; expected best or last"):
        load_net(run, "first")
    (tmp_path / "config.json").write_text(json.dumps(run.config))
    with pytest.raises(InputError, match="has no weights yet"):
        load_net(open_run(tmp_path))
    (tmp_path / "best.params").write_bytes((run.directory / "best.params").read_bytes()[:1000])
    with pytest.raises(InputError, match="does not hold the weights of mlp"):
        load_net(open_run(tmp_path))


def test_metrics_that_somebody_changed_are_named(run, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(run.config))
    lines = (run.directory / "metrics.jsonl").read_text().splitlines(keepends=True)
    for damaged, complaint in (
        (["{}\n", lines[1]], r"metrics.jsonl is damaged in line 1: expected epoch, train_loss"),
        ([lines[0], "[\n"], r"metrics.jsonl is damaged in line 2"),
        ([lines[0].replace('"epoch": 1', '"epoch": "1"')], r"in line 1: epoch is '1'; expected a number"),
        ([lines[1]], r"in line 1: epoch is 2; expected 1"),
        ([lines[0].replace('"epoch": 1', f'"epoch": 1{"0" * 30}')], r"in line 1: epoch is 1000.*; expected 1"),
        ([re.sub('"seconds": [0-9.]+', f'"seconds": {"9" * 400}', lines[0])], "seconds is a number of 400 digits"),
        (["[" * 100_000 + "\n"], "damaged in line 1"),
    ):
        (tmp_path / "metrics.jsonl").write_text("".join(damaged))
        with pytest.raises(InputError, match=complaint):
            open_run(tmp_path)
    (tmp_path / "metrics.jsonl").write_text("".join(lines)[:-5])
    assert open_run(tmp_path).results == run.results[:1]


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("shape", [1, "28", "28"], "the shape is [1, '28', '28']; expected channels, height and width"),
        ("shape", None, "the shape is None"),
        ("shape", [], "the shape is []"),
        ("shape", {"a": 1}, "the shape is {'a': 1}"),
        ("shape", [1, 28], "the shape is [1, 28]"),
        ("shape", [1, 28, True], "the shape is [1, 28, True]"),
        ("shape", [1, 0, 28], "expected numbers from 1 to"),
        ("shape", [1, 28, 10**30], "expected numbers from 1 to"),
        ("class_names", [], "class_names is []; expected names"),
        ("class_names", [1, 2], "class_names is [1, 2]"),
        ("class_names", None, "class_names is None"),
        ("class_names", {"a": 1}, "class_names is {'a': 1}"),
    ],
)
@pytest.mark.parametrize("command", ["report", "train"])
def test_a_config_that_somebody_changed_is_one_line(run, tmp_path, capsys, command, name, value, problem):
    config = {**run.config, "images": {**run.config["images"], name: value}}
    shutil.copytree(run.directory, tmp_path / "run")
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    where = [str(tmp_path / "run")]
    assert cli.main([command, *(where if command == "report" else ["--resume", *where])]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"remxnet {command}: {tmp_path / 'run' / 'config.json'} is damaged: ")
    assert problem in error and len(error.splitlines()) == 1


@pytest.mark.parametrize("change", [{"images": None}, {"images": []}, {"data": None}, {"settings": []}, {"data": {}}])
def test_a_config_without_its_parts_is_one_line(run, tmp_path, capsys, change):
    (tmp_path / "config.json").write_text(json.dumps({**run.config, **change}))
    for arguments in (["report", str(tmp_path)], ["train", "--resume", str(tmp_path)]):
        assert cli.main(arguments) == 2
        error = capsys.readouterr().err
        assert "config.json is damaged: " in error and len(error.splitlines()) == 1


def result(epoch, accuracy):
    return EpochResult(epoch, 1.0, 0.5, 1.0, accuracy, 1.0, 1.0, 0.1)


@pytest.mark.parametrize(
    ("accuracies", "patience", "min_delta", "stalled"),
    [
        ([0.5, 0.4], None, 0.0, False),
        ([0.5, 0.4], 2, 0.0, False),
        ([0.5, 0.5, 0.5], 2, 0.0, True),
        ([0.5, 0.4, 0.6, 0.5], 2, 0.0, False),
        ([0.5, 0.51, 0.52], 2, 0.1, True),
        ([0.5, 0.61, 0.62], 2, 0.1, False),
        ([], 1, 0.0, False),
    ],
)
def test_patience_ends(accuracies, patience, min_delta, stalled):
    results = [result(epoch, accuracy) for epoch, accuracy in enumerate(accuracies, start=1)]
    assert has_stalled(results, replace(Settings(), patience=patience, min_delta=min_delta)) is stalled
