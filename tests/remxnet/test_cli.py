import re
import subprocess
import sys
from pathlib import Path

import pytest

import remxnet
from remxnet import cli


def test_book_path_prints_the_directory_of_the_helpers(capsys):
    assert cli.main(["book-path"]) == 0
    directory = Path(capsys.readouterr().out.rstrip("\n"))
    assert (directory / "utils.py").is_file()
    assert (directory / "d2l" / "__init__.py").is_file()


def test_info_says_what_is_here(capsys):
    import torch

    assert cli.main(["info"]) == 0
    lines = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["remxnet"] == remxnet.__version__
    assert lines["torch"].startswith(torch.__version__)
    assert lines["devices"].startswith("cpu")
    assert int(lines["operators"].split(",")[0]) > 100


def test_the_version_is_the_packages(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"remxnet {remxnet.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["run"],
        ["train", "lenet", "--epochs", "0"],
        ["train", "lenet", "--epochs", "many"],
        ["train", "lenet", "--lr", "nan"],
        ["train", "lenet", "--lr", "-1"],
        ["train", "lenet", "--batch-size", "0"],
        ["train", "lenet", "--wings", "2"],
        ["train", "lenet", "--seed", "-1"],
    ],
)
def test_bad_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert error.startswith("remxnet")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["resnet99"], "no model is called 'resnet99'; there are mlp, lenet, lenet-relu, lenet-bn, alexnet"),
        ([], "which model? remxnet train MODEL, or --resume RUN"),
        (["--resume", "nowhere"], "nowhere holds no run: there is no config.json"),
        (["lenet", "--data", "imagenet"], "no data set is called 'imagenet'"),
        (["lenet", "--optimizer", "sdg"], "no optimizer is called 'sdg'; there are adadelta"),
        (["lenet", "--schedule", "falling"], "no schedule is called 'falling'; there are constant, step, cosine, poly"),
        (["lenet", "--optimizer", "adam", "--momentum", "0.9"], "optimizer adam has no momentum"),
        (["lenet", "--seed", "4294967296"], "expected a whole number from 0 to 4294967295"),
        (["lenet", "--checkpoint-every", "day"], "checkpoints cannot come every 'day'"),
        (["lenet", "--min-delta", "0.1"], "give --patience too"),
        (["lenet", "--data", "sample", "--device", "tpu"], "expected cpu, gpu or gpu(1)"),
        (["lenet", "--data", "sample", "--device", "gpu(77)"], "device gpu(77) cannot be used"),
        (["lenet", "--data", "sample", "--resize", "8"], "lenet needs images of 12×12 pixels or more and gets 8×8"),
    ],
)
def test_what_cannot_be_trained_is_one_line_and_exit_2(arguments, complaint, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["train", *arguments]) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert error.startswith("remxnet train: ")
    assert complaint in error
    assert list(tmp_path.iterdir()) == []


def test_scaling_images_without_opencv_is_one_line_and_exit_2(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert cli.main(["train", "lenet", "--data", "sample", "--resize", "32", "--output", str(tmp_path / "run")]) == 2
    assert "pip install 'remxnet[images]'" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_the_module_runs_as_a_program():
    command = [sys.executable, "-m", "remxnet.cli", "book-path"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_dir()
