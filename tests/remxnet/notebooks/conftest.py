import json
import os
from pathlib import Path

import pytest

import mxnet
from remxnet import cli


def code(source, *outputs, tags=(), name=None, **metadata):
    metadata |= {"tags": list(tags)} if tags else {}
    cell = {"cell_type": "code", "source": source, "metadata": metadata, "outputs": list(outputs)}
    return cell | ({"id": name} if name else {})


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def result(text, **other):
    return {"output_type": "execute_result", "data": {"text/plain": text, **other}, "metadata": {}}


@pytest.fixture(scope="session")
def parts():
    """What notebooks are made of: `code`, `stream` and `result`."""
    return code, stream, result


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook of the given cells and return its path."""

    def write(*cells, name="small.ipynb", minor=5):
        path = tmp_path / name
        markdown = {"cell_type": "markdown", "source": ["text"], "metadata": {}}
        document = {"nbformat": 4, "nbformat_minor": minor, "metadata": {}, "cells": [markdown, *cells]}
        path.write_text(json.dumps(document))
        return path

    return write


@pytest.fixture
def run(monkeypatch):
    """Run `remxnet run` with arguments; its kernels import the package that is tested."""
    monkeypatch.setenv("PYTHONPATH", str(Path(mxnet.__file__).parents[1]), prepend=os.pathsep)
    return lambda path, *arguments: cli.main(["run", str(path), *map(str, arguments)])
