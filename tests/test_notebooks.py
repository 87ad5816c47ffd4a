"""The notebooks that are the specification run as written, where they are at hand."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mxnet as mx
from mxnet.gluon.data.vision import FashionMNIST
from remxnet import cli
from remxnet.book import module_directory

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
RUNNER = SHARED / "run_cells.py"

pytestmark = [
    pytest.mark.skipif(not RUNNER.is_file(), reason="the notebooks are not beside this checkout"),
    pytest.mark.usefixtures("warm"),
]

# Two of them train five epochs on all of Fashion-MNIST; here they train one, where nothing is printed of it for part of
# the images.
SHORTENED = {
    "cnn_lenet": [("num_epochs=5", "num_epochs=1")],
    "cnn_zh": [
        ("for epoch in range(5)", "for epoch in range(1)"),
        ("for data, label in train_data:", "for data, label in (batch for _, batch in zip(range(50), train_data)):"),
    ],
}


def need_fashion_mnist():
    """Skip where the whole data set is not to be had; a damaged one is an error."""
    try:
        FashionMNIST(train=False)
    except mx.MXNetError as error:
        if "cannot be fetched" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.mark.parametrize("name", ["cnn_chapter", "cnn_homework", "cnn_slides", "cnn_numpy", "cnn_lenet", "cnn_zh"])
def test_the_notebook_prints_what_it_printed_under_mxnet(name):
    if name in SHORTENED:
        need_fashion_mnist()
    replacements = [part for pair in SHORTENED.get(name, []) for part in ("--replace", *pair)]
    notebook = SHARED / "notebooks" / f"{name}.ipynb"
    path = [str(module_directory()), *filter(None, sys.path)]
    done = subprocess.run(
        [sys.executable, str(RUNNER), str(notebook), "--exact", *replacements],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    ran, cells, same, outputs = (
        int(word) for word in done.stdout.splitlines()[-1].replace(",", "").split() if word.isdecimal()
    )
    assert (ran, same) == (cells, outputs)


def test_remxnet_run_says_the_same(monkeypatch, capsys):
    monkeypatch.setenv("PYTHONPATH", str(Path(mx.__file__).parents[1]), prepend=os.pathsep)
    code = cli.main(["run", str(SHARED / "notebooks" / "cnn_homework.ipynb"), "--check"])
    out = capsys.readouterr().out
    assert code == 0, out
    assert "d2l comes with remxnet, and what would install it was left out" in out
    ran, cells, same, outputs = re.search(r"(\d+) of (\d+) cells ran, (\d+) of (\d+) stored", out).groups()
    assert (ran, same) == (cells, outputs)
