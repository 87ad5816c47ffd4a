import json
import os
import re
import resource
import signal
import subprocess
import sys
import time

import numpy
import pytest

import mxnet as mx
from mxnet import autograd, gluon
from mxnet.gluon import nn
from remxnet import cli
from remxnet.data import fashion_mnist_sample
from remxnet.errors import InputError
from remxnet.experiments import Settings, load_net, open_run, train
from remxnet.experiments.models import MODELS, Model
from remxnet.experiments.runs.checkpoints import read_checkpoint
from remxnet.experiments.training import datasets
from remxnet.experiments.training.loop import Diverged, Watcher, accuracy


@pytest.fixture
def one_epoch(tmp_path):
    return Settings(model="mlp", data="sample", epochs=1, output=str(tmp_path / "run"))


def metrics(directory):
    return [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.usefixtures("drawn")
def test_train_leaves_everything_in_the_runs_directory(tmp_path, capsys):
    directory = tmp_path / "run"
    assert cli.main(["train", "lenet", "--data", "sample", "--epochs", "1", "--output", str(directory)]) == 0
    out = capsys.readouterr().out
    assert "epoch 1/1  loss " in out
    assert "test accuracy" in out.splitlines()[-4]
    assert "\x1b" not in out
    (epoch,) = metrics(directory)
    assert epoch["epoch"] == 1
    assert 0 <= epoch["test_accuracy"] <= 1
    config = json.loads((directory / "config.json").read_text())
    assert config["settings"]["learning_rate"] == MODELS["lenet"].learning_rate
    assert config["environment"]["mxnet interface"] == mx.__version__
    for name in ("last.params", "best.params"):
        weights = mx.nd.load(str(directory / name))
        assert sum(array.size for array in weights.values()) == 61706
    pytest.importorskip("matplotlib")
    assert (directory / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_the_saved_weights_are_the_trained_ones(one_epoch):
    run = train(one_epoch)
    images = datasets.load_images("sample", 256)
    net = MODELS["mlp"].build(images.classes)
    net.load_parameters(str(run.directory / "last.params"))
    assert accuracy(net, images.test, mx.cpu()) == run.results[-1].test_accuracy
    assert run.results[-1].test_accuracy > 0.6


def test_the_same_seed_gives_the_same_run(tmp_path):
    losses = [
        train(Settings("mlp", "sample", 1, seed=seed, output=str(tmp_path / str(number)))).results[0].train_loss
        for number, seed in enumerate((4, 4, 5))
    ]
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


def test_a_run_is_not_written_over_unless_asked(one_epoch, tmp_path):
    train(one_epoch)
    before = (tmp_path / "run" / "last.params").read_bytes()
    with pytest.raises(InputError, match="holds a run already"):
        train(one_epoch)
    assert (tmp_path / "run" / "last.params").read_bytes() == before
    train(Settings(**{**vars(one_epoch), "overwrite": True, "seed": 1}))
    assert len(metrics(tmp_path / "run")) == 1
    assert (tmp_path / "run" / "last.params").read_bytes() != before


def test_an_output_that_cannot_be_written_is_named(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert cli.main(["train", "mlp", "--data", "sample", "--output", str(tmp_path / "file" / "run")]) == 2
    assert "cannot write a run to" in capsys.readouterr().err


def test_a_run_of_its_own_for_each_start(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        train(Settings("mlp", "sample", 1))
    assert len(list((tmp_path / "runs").glob("mlp-sample-*"))) == 2


def test_without_fashion_mnist_the_sample_is_used_and_it_is_said(monkeypatch, tmp_path, capsys):
    def nowhere(part):
        raise mx.MXNetError("Fashion-MNIST is not on this machine and cannot be fetched")

    monkeypatch.setitem(datasets.DATA_SETS, "fashion-mnist", nowhere)
    assert cli.main(["train", "mlp", "--epochs", "1", "--output", str(tmp_path)]) == 0
    assert "trains on the sample" in capsys.readouterr().out.splitlines()[0]


def test_a_damaged_data_set_is_an_error(monkeypatch, capsys):
    def damaged(part):
        raise mx.MXNetError("Fashion-MNIST: 'x.gz' is damaged")

    monkeypatch.setitem(datasets.DATA_SETS, "fashion-mnist", damaged)
    assert cli.main(["train", "mlp"]) == 2
    assert "'x.gz' is damaged" in capsys.readouterr().err


def test_the_best_epoch_is_kept_beside_the_last(tmp_path):
    run = train(Settings("mlp", "sample", 3, learning_rate=0.5, output=str(tmp_path)))
    best = max(run.results, key=lambda result: result.test_accuracy)
    assert run.best == best
    same = (tmp_path / "best.params").read_bytes() == (tmp_path / "last.params").read_bytes()
    assert same == (best == run.results[-1])


def test_a_watcher_hears_of_every_batch(one_epoch):
    heard = []

    class Listener(Watcher):
        def batch(self, epoch, done, total):
            heard.append((epoch, done, total))

    train(one_epoch, Listener())
    total = heard[0][2]
    assert heard == [(1, done, total) for done in range(1, total + 1)]


@pytest.mark.usefixtures("warm")
def test_ctrl_c_leaves_the_last_finished_epoch(tmp_path):
    directory = tmp_path / "run"
    code = "import sys; from remxnet.cli import main; sys.exit(main(sys.argv[1:]))"
    arguments = ["train", "mlp", "--data", "sample", "--epochs", "10000", "--output", str(directory)]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        deadline = time.monotonic() + 120
        while not (directory / "metrics.jsonl").exists() or len(metrics(directory)) < 2:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert err == ""
    finished = metrics(directory)[-1]
    *_, interrupted, weights = out.splitlines()
    assert re.fullmatch(
        rf"interrupted in epoch {finished['epoch'] + 1} after batch \d+; remxnet train --resume .*", interrupted
    )
    assert weights == f"weights  those after epoch {finished['epoch']} are in {directory / 'last.params'}"
    images = datasets.load_images("sample", 256)
    net = MODELS["mlp"].build(images.classes)
    net.load_parameters(str(directory / "last.params"))
    assert accuracy(net, images.test, mx.cpu()) == finished["test_accuracy"]


def test_every_model_gives_a_score_per_class():
    for model in MODELS.values():
        side = max(model.smallest, 12)
        net = model.build(7)
        net.initialize()
        assert net(mx.nd.zeros((2, 1, side, side))).shape == (2, 7)


# --- a loss that is no number, and an end before the last epoch -------------------------------------------------------


def exploding(at):
    """A model whose scores are infinite from a certain training batch on."""
    count = [0]

    class Bomb(nn.HybridBlock):
        def forward(self, x):
            if autograd.is_training():
                count[0] += 1
            return x * float("inf") if count[0] >= at else x

    def build(classes):
        net = nn.HybridSequential()
        net.add(nn.Dense(classes), Bomb())
        net.hybridize = lambda active=True, **_: None
        return net

    return Model("exploding", "", build, learning_rate=0.01, momentum=0.0)


@pytest.mark.usefixtures("drawn")
def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_batch(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(MODELS, "exploding", exploding(at=9))  # the third batch of the second epoch
    directory = tmp_path / "run"
    arguments = ["train", "exploding", "--data", "sample", "--batch-size", "1000", "--output", str(directory)]
    assert cli.main([*arguments, "--checkpoint-every", "1"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("remxnet train: the loss is nan in epoch 2, batch 3; the weights were still finite.")
    assert len(error.splitlines()) == 1
    images = datasets.load_images("sample", 1000)
    images.train.start(2, 2)
    inputs, labels = next(iter(images.train))
    with numpy.load(directory / "nan-batch.npz") as kept:
        assert (kept["step"], kept["epoch"], kept["batch"]) == (9, 2, 3)
        numpy.testing.assert_array_equal(kept["inputs"], inputs.asnumpy())
        numpy.testing.assert_array_equal(kept["labels"], labels.asnumpy())
    weights = mx.nd.load(str(directory / "nan-weights.params"))
    saved = read_checkpoint(directory / "checkpoint")
    assert saved["progress"]["done"] == 2
    for name, array in weights.items():
        numpy.testing.assert_array_equal(array.asnumpy(), saved["learner"]["weights"][name])
    assert len(metrics(directory)) == 1
    assert "stopped: the loss is nan" in (directory / "log.txt").read_text()


def test_weights_that_a_step_made_infinite_are_told_apart(tmp_path):
    settings = Settings("mlp", "sample", 1, 1, learning_rate=3.3e38, output=str(tmp_path / "run"))
    with pytest.raises(Diverged, match="the step before had made weights infinite"):
        train(settings)


def test_patience_ends_a_run_early(tmp_path, capsys):
    directory = tmp_path / "run"
    arguments = ["--epochs", "50", "--batch-size", "1000", "--lr", "0", "--patience", "2", "--output", str(directory)]
    assert cli.main(["train", "mlp", "--data", "sample", *arguments]) == 0
    out = capsys.readouterr().out
    assert "stopped early: test accuracy has not improved for 2 epochs" in out
    assert len(metrics(directory)) == 3
    assert open_run(directory).finished
    assert "stopped early" in (directory / "log.txt").read_text()


def test_the_learning_rate_of_each_epoch_is_in_the_metrics(tmp_path):
    settings = Settings("mlp", "sample", 4, 1000, schedule="step", output=str(tmp_path / "run"))
    rates = [epoch["learning_rate"] for epoch in metrics(train(settings).directory)]
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.001])


def test_training_moves_the_weights_as_a_plain_loop_does(tmp_path):
    """The loop, its order of the batches and its optimizer are those of a program in Gluon."""
    run = train(Settings("mlp", "sample", 2, 600, seed=5, output=str(tmp_path / "run")))
    mx.random.seed(5)
    numpy.random.seed(5)
    transform = gluon.data.vision.transforms.ToTensor()
    data = gluon.data.DataLoader(fashion_mnist_sample().transform_first(transform), 600, shuffle=True)
    net = MODELS["mlp"].build(10)
    net.initialize(mx.init.Xavier())
    net(mx.nd.zeros((1, 1, 28, 28)))
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.9})
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    for _ in range(2):
        total = 0.0
        for inputs, labels in data:
            with autograd.record():
                losses = loss(net(inputs), labels)
            losses.backward()
            trainer.step(len(labels))
            total += float(losses.sum().asscalar())
    assert run.results[-1].train_loss == pytest.approx(total / 6000, rel=1e-5)
    trained = load_net(run, "last")
    for ours, theirs in zip(trained.collect_params().values(), net.collect_params().values()):
        numpy.testing.assert_allclose(ours.data().asnumpy(), theirs.data().asnumpy(), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("model", ["mlp:200000000", "mlp:200000000x5", "conv:90000"])
def test_a_model_that_does_not_fit_into_memory_is_an_error_before_it_is_taken(tmp_path, capsys, model):
    before = peak()
    assert cli.main(["train", model, "--data", "sample", "--output", str(tmp_path / "run")]) == 2
    error = capsys.readouterr().err
    assert f"{model} has " in error and " parameters on images of 1×28×28, which take " in error
    assert len(error.splitlines()) == 1
    assert peak() - before < 500_000
    assert not (tmp_path / "run").exists()


def peak():
    """The most memory that this process has held, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_a_model_that_cannot_take_the_images_is_an_error(monkeypatch, tmp_path):
    def build(classes):
        net = nn.HybridSequential()
        net.add(nn.Conv2D(3, kernel_size=99), nn.Dense(classes))
        return net

    monkeypatch.setitem(MODELS, "wide", Model("wide", "", build, learning_rate=0.1, momentum=0.0))
    with pytest.raises(InputError, match=r"wide cannot take images of 1×28×28: .*kernel \(99, 99\) is larger"):
        train(Settings("wide", "sample", output=str(tmp_path / "run")))
    assert list(tmp_path.iterdir()) == []
