"""A run that was trained: what it says of itself, of pictures, and to a run that starts from it."""

import json
import math

import pytest

import remxnet.data
from remxnet import cli
from remxnet.errors import InputError
from remxnet.experiments import Settings, open_run, predict, train
from remxnet.experiments.runs import Run
from remxnet.experiments.training.console import TimeLeft
from remxnet.report import write_report

cv2 = pytest.importorskip("cv2")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of one epoch on the sample, without a word."""
    from remxnet.experiments import Watcher

    place = tmp_path_factory.mktemp("trained") / "run"
    return train(Settings("mlp", "sample", epochs=1, batch_size=500, output=str(place)), Watcher())


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """An ankle boot and a pullover, the second larger than the network's images."""
    place = tmp_path_factory.mktemp("pictures")
    images = remxnet.data.fashion_mnist_sample(train=False)
    boot, pullover = (images[number][0].asnumpy() for number in (0, 1))
    cv2.imwrite(str(place / "boot.png"), boot)
    cv2.imwrite(str(place / "pullover.jpg"), cv2.resize(pullover, (70, 56)))
    return [str(place / "boot.png"), str(place / "pullover.jpg")]


def test_pictures_are_told_by_their_likeliest_classes(trained, pictures):
    boot, pullover = predict(trained, pictures)
    assert boot.name in ("ankle boot", "sneaker") and pullover.name in ("pullover", "coat", "shirt")
    assert math.isclose(sum(boot.probabilities.values()), 1, rel_tol=1e-5) and len(boot.probabilities) == 10
    assert list(boot.probabilities.values()) == sorted(boot.probabilities.values(), reverse=True)
    assert predict(str(trained.directory), pictures[0], weights="last")[0].name == boot.name
    assert "ankle boot" in boot._repr_html_() and str(boot).startswith(f"{pictures[0]}  {boot.name} 0.")


def test_the_command_line_predicts(trained, pictures, capsys):
    assert cli.main(["predict", str(trained.directory), *pictures, "--top", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and all(line.count(" 0.") == 2 for line in lines)
    assert cli.main(["predict", str(trained.directory), pictures[0], "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["class"] == next(iter(found["probabilities"])) and found["picture"] == pictures[0]


def test_what_cannot_be_predicted_is_one_line(trained, pictures, tmp_path, capsys):
    (tmp_path / "text.png").write_text("no picture")
    for arguments, complaint in (
        ([str(trained.directory), "nowhere.png"], "nowhere.png is no file"),
        ([str(trained.directory), str(tmp_path / "text.png")], "text.png cannot be read as a picture"),
        ([str(tmp_path), pictures[0]], "holds no run"),
    ):
        assert cli.main(["predict", *arguments]) == 2
        error = capsys.readouterr().err
        assert complaint in error and error.count("\n") == 1


def test_a_run_starts_from_the_weights_of_another(trained, tmp_path, capsys):
    arguments = ["--data", "sample", "--epochs", "1", "--batch-size", "3000", "--weights", str(trained.directory)]
    command = ["train", "mlp", *arguments, "--lr", "0", "--output", str(tmp_path / "tuned"), "--json"]
    assert cli.main(command) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert f"weights of {trained.directory}: 4 of 4 arrays taken" in said.err
    assert found["epochs"][0]["test_accuracy"] == pytest.approx(trained.best.test_accuracy)
    assert f"weights of {trained.directory}" in (tmp_path / "tuned" / "log.txt").read_text()
    assert cli.main(["train", "lenet", *arguments, "--output", str(tmp_path / "other")]) == 2
    assert "no weights of" in capsys.readouterr().err
    assert cli.main(["train", "--resume", str(tmp_path / "tuned"), "--weights", str(trained.directory)]) == 2


def test_layers_of_another_size_start_anew(trained, small_classes, tmp_path):
    run = train(Settings("mlp", small_classes, epochs=1, output=str(tmp_path / "two"), weights=str(trained.directory)))
    assert "1 of 4 arrays taken; new are 0.weight, 1.weight, 1.bias" in (run.directory / "log.txt").read_text()


@pytest.fixture
def small_classes(tmp_path):
    """A folder with two classes, to be tested on in `val`."""
    images = remxnet.data.fashion_mnist_sample(train=False)
    for number in range(8):
        for part in ("train", "val"):
            folder = tmp_path / "data" / part / ("even", "odd")[number % 2]
            folder.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / f"{number}.png"), images[number][0].asnumpy())
    return str(tmp_path / "data")


def test_a_run_says_what_it_is(trained):
    assert repr(trained).startswith("<run mlp on sample, 1 of 1 epochs, best test accuracy 0.")
    assert f"{trained.best.test_accuracy:.4f}" in trained._repr_html_()
    assert [axes.get_ylabel() for axes in trained.figure().axes] == ["cross-entropy loss", "accuracy"]
    assert open_run(trained.directory).as_json() == trained.as_json()


def test_training_from_python_shows_how_it_goes(small_classes, tmp_path, capsys):
    train(Settings("mlp", small_classes, epochs=2, output=str(tmp_path / "shown")))
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["mlp,", "epoch", "epoch"]


def test_a_run_that_has_not_moved_says_so(trained, capsys):
    stuck = Run(trained.directory, trained.config, [replaced(trained.results[0], train_loss=2.31, test_accuracy=0.1)])
    assert stuck.unmoved and not trained.unmoved
    from remxnet.experiments.training.console import TrainingConsole

    TrainingConsole().finished(stuck)
    assert "it has not learned yet: its loss and accuracy are those of guessing among 10" in capsys.readouterr().out


def replaced(result, **changes):
    from dataclasses import replace

    return replace(result, **changes)


def test_a_report_takes_a_run_a_path_or_a_list(trained, tmp_path, monkeypatch):
    pytest.importorskip("jinja2")
    seen = []
    monkeypatch.setattr("remxnet.report.subject.examine", lambda directory, *rest: seen.append(str(directory)))
    monkeypatch.setattr("remxnet.report.page.page", lambda subjects: "<!doctype html>")
    for runs in (trained, trained.directory, str(trained.directory), [trained, str(trained.directory)]):
        write_report(runs, tmp_path / "report.html")
    assert seen == [str(trained.directory)] * 5
    with pytest.raises(InputError, match="no run to report on"):
        write_report([], tmp_path / "report.html")


def test_the_time_that_is_left_is_that_of_all():
    times = iter([100.0, 110.0, 19860.0])
    left = TimeLeft(lambda: next(times))
    assert str(left) == ""
    left.at(0.5)  # resumed: the first half is no measure
    assert str(left) == ""
    left.at(0.6)
    assert str(left) == "0:40 left"
    left.at(0.75)
    assert str(left) == "5:29:20 left"
