"""What every script begins with."""

import os
import tempfile
import threading

import numpy as np
import torch

import mxnet as mx
from mxnet import autograd, gluon, nd  # noqa: F401 - for the script
from mxnet.gluon import nn  # noqa: F401

#: what was looked at: (name, elements), in order
shown = []
#: what only the program can know, such as random numbers: name -> elements
observed = {}
folder = tempfile.gettempdir() if "folder" not in globals() else globals()["folder"]


def values(seed, shape, how="even", scale=1.0, dtype="float32"):
    """Numbers of a seed, as float64 that the dtype holds exactly."""
    random = np.random.RandomState(seed)
    found = random.uniform(-1, 1, shape) * scale
    if how == "positive":
        found = np.abs(found) + 0.1 * scale
    elif how == "spike":  # nothing but one number, at the first place
        found = np.zeros(shape) + (np.arange(found.size).reshape(shape) == 0) * 0.7 * scale
    elif how == "offset":
        found = found + 30 * scale
    elif how == "border":  # images with a dark edge
        for axis in range(2, found.ndim):
            found = np.moveaxis(found, axis, 0)
            found[0] = found[-1] = 0
            found = np.moveaxis(found, 0, axis)
    elif how == "indices":
        found = random.randint(0, 7, shape)
    return np.asarray(found).astype(dtype).astype("float64")


def check(name, array):
    """Look at an array's elements."""
    if isinstance(array, torch.Tensor):
        array = array.detach().clone().numpy()
    shown.append((name, array.asnumpy() if isinstance(array, nd.NDArray) else np.array(array)))


def observe(name, array):
    """Tell the reference elements that it cannot know."""
    observed[name] = array.asnumpy()


def at_once(*functions):
    """Run functions in threads of their own, that start together, and wait for them."""
    barrier, errors = threading.Barrier(len(functions)), []

    def run(function):
        barrier.wait()
        try:
            function()
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def graph_of(block):
    """A block as a Symbol."""
    out = block(mx.sym.var("data"))
    return mx.sym.Group(list(out)) if isinstance(out, (list, tuple)) else out


def path(name):
    """A file of this program's own."""
    return os.path.join(folder, name)
