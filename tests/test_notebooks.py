"""The notebooks that are the specification run as written, where they are at hand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from remxnet.book import module_directory

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
RUNNER = SHARED / "run_cells.py"

pytestmark = pytest.mark.skipif(not RUNNER.is_file(), reason="the notebooks are not beside this checkout")

# Two of them train five epochs on all of Fashion-MNIST; here they train one, which takes a tenth of the time.
SHORTENED = {
    "cnn_lenet": [("num_epochs=5", "num_epochs=1")],
    "cnn_zh": [("for epoch in range(5)", "for epoch in range(1)")],
}


@pytest.mark.parametrize("name", ["cnn_chapter", "cnn_homework", "cnn_slides", "cnn_numpy", "cnn_lenet", "cnn_zh"])
def test_the_notebook_prints_what_it_printed_under_mxnet(name):
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
