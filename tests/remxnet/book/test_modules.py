import os
import subprocess
import sys

import pytest

from remxnet.book import MODULE_NAMES, module_directory

pytestmark = pytest.mark.usefixtures("warm")


def python(code, *path, cwd=None):
    """What a fresh interpreter prints, with directories in front of its import path."""
    found = [*map(str, path), *filter(None, [os.environ.get("PYTHONPATH")]), *sys.path]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, found))},
    )
    return done.stdout.strip()


@pytest.mark.parametrize("name", MODULE_NAMES)
def test_a_notebook_finds_its_helpers_by_name(name, tmp_path):
    code = f"import {name} as book; print(book.corr2d(book.nd.ones((2, 2)), book.nd.ones((2, 2))).sum().asscalar())"
    assert python(code, module_directory(), cwd=tmp_path) == "4.0"


def test_later_notebooks_import_from_the_package(tmp_path):
    code = "from d2l import mxnet as d2l; print(d2l.Timer().__class__.__name__, d2l.np.__name__)"
    assert python(code, module_directory(), cwd=tmp_path) == "Timer mxnet.numpy"


@pytest.mark.parametrize(("name", "accuracy"), [("d2l", 3.0), ("gluonbook", 0.75), ("d2lzh", 0.75), ("utils", 0.75)])
def test_each_edition_has_its_accuracy(name, accuracy, tmp_path):
    code = (
        f"import {name} as book; from mxnet import nd;"
        "print(book.accuracy(nd.array([[1, 0], [0, 1], [1, 0], [0, 1]]), nd.array([0, 1, 0, 0])))"
    )
    assert python(code, module_directory(), cwd=tmp_path) == str(accuracy)


def test_without_being_asked_the_modules_are_not_there():
    assert str(module_directory()) not in sys.path
