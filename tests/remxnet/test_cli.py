import json
import re
import subprocess
import sys
import types
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
        (
            ["resnet99"],
            "no model is called 'resnet99' (did you mean 'resnet18'?); there are mlp, lenet",
        ),
        ([], "which model? remxnet train MODEL, or --resume RUN"),
        (["--resume", "nowhere"], "nowhere holds no run: there is no config.json"),
        (["lenet", "--data", "imagenet"], "no data set is called 'imagenet'"),
        (["lenet", "--optimizer", "sdg"], "no optimizer is called 'sdg' (did you mean 'sgd'?); there are adadelta"),
        (["lenet", "--schedule", "falling"], "no schedule is called 'falling'; there are constant, step, cosine, poly"),
        (["lenet", "--optimizer", "adam", "--momentum", "0.9"], "optimizer adam has no momentum"),
        (["lenet", "--seed", "4294967296"], "expected a whole number from 0 to 4294967295"),
        (["lenet", "--checkpoint-every", "day"], "checkpoints (--checkpoint-every) cannot come every 'day'"),
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


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["trian", "lenet"], "(did you mean 'train'?)"),
        (["train", "lenet", "--ephocs", "3"], "(did you mean '--epochs'?)"),
        (["report", "run", "--weights", "bset"], "(did you mean 'best'?)"),
    ],
)
def test_what_is_nearly_right_is_told(arguments, meant, capsys):
    with pytest.raises(SystemExit):
        cli.main(arguments)
    assert meant in capsys.readouterr().err


def test_names_in_help_texts_are_those_there_are():
    from remxnet.commands import arguments
    from remxnet.experiments.models import MODELS
    from remxnet.experiments.settings import SCHEDULES
    from remxnet.experiments.training.datasets import DATA_SETS

    assert tuple(MODELS) == arguments.MODELS
    assert tuple(DATA_SETS) == arguments.DATA_SETS
    assert arguments.SCHEDULES == SCHEDULES


def test_defaults_in_help_texts_are_the_models():
    from remxnet.commands.train import DEFAULTS
    from remxnet.experiments.models import MODELS
    from remxnet.experiments.names import find_model

    models = {**MODELS, "families": find_model("conv-pool:50")}
    for name, text in DEFAULTS.items():
        first = text.split(";")[0]
        told = {}
        if " for " not in first:
            told = dict.fromkeys(models, first)
        for value, named in re.findall(r"([\w.]+) for ((?:[\w-]+(?:, | and |$)(?![\d.]+ for))*[\w-]+)", text):
            told |= dict.fromkeys(re.split(r", | and ", named), value)
        for model, value in told.items():
            have = getattr(models[model], name)
            shown = {True: "yes", False: "no"}[have] if isinstance(have, bool) else have
            assert shown == (value if isinstance(shown, str) else float(value)), (name, model)
        assert set(told) == set(models), name


@pytest.mark.parametrize("columns", ["60", "80"])
def test_help_texts_wrap_at_blanks(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    subs = next(action.choices for action in cli.parser()._actions if action.choices)
    for sub in subs.values():
        shown = set(sub.format_help().split())
        for action in sub._actions:
            if action.help and "%" not in action.help:
                assert set(action.help.split()) <= shown, action.dest


def test_info_is_json_too(capsys):
    assert cli.main(["info", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["versions"]["remxnet"] == remxnet.__version__ and found["problems"] == []


def test_a_result_as_json_stands_alone(monkeypatch, capsys):
    from remxnet import experiments, notebooks  # noqa: F401
    from remxnet.experiments import compare  # noqa: F401

    def report(runs, output, **kwargs):
        print("noise")
        return Path("page.html")

    def compared(**kwargs):
        print("noise")
        return types.SimpleNamespace(contestants=[], directory=Path("nowhere"), as_json=lambda: {"networks": []})

    def ran(*args, **kwargs):
        print("noise")
        return notebooks.Report(cells=2, ran=2)

    monkeypatch.setattr("remxnet.report.write_report", report)
    monkeypatch.setattr(sys.modules["remxnet.experiments.compare"], "compare", compared)
    monkeypatch.setattr(notebooks, "run_notebook", ran)
    for arguments, expected in (
        (["report", "first"], {"report": "page.html", "runs": ["first"], "weights": "best"}),
        (["compare", "mlp"], {"networks": []}),
        (["run", "some.ipynb"], {"passed": True, "cells": 2, "ran": 2, "failure": None}),
    ):
        assert cli.main([*arguments, "--json"]) == 0
        said = capsys.readouterr()
        assert expected.items() <= json.loads(said.out).items()
        assert "noise" in said.err


def test_shells_are_answered_by_argcomplete(monkeypatch):
    asked = []
    monkeypatch.setitem(sys.modules, "argcomplete", types.SimpleNamespace(autocomplete=asked.append))
    assert cli.main(["book-path"]) == 0
    (parser,) = asked
    train = next(action.choices for action in parser._actions if action.choices)["train"]
    offered = {action.dest: action.completer() for action in train._actions if hasattr(action, "completer")}
    assert "lenet-bn" in offered["model"] and "sample" in offered["data"]


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
