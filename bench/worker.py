"""Run one measurement in this interpreter and print its samples as JSON: `python worker.py NAME SAMPLES`."""

import importlib
import json
import os
import sys
import warnings


def trust_fashion_mnist():
    """Let MXNet 1.9.1 read archives compressed anew: it knows the sums of the original files only."""
    from mxnet.gluon import utils
    from mxnet.gluon.data.vision import datasets

    for module in (utils, datasets):
        if hasattr(module, "check_sha1"):
            module.check_sha1 = lambda path, sha1: True


def main():
    warnings.simplefilter("ignore")
    name, samples = sys.argv[1], int(sys.argv[2])
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    measurement = importlib.import_module("measurements." + name)
    if name == "lenet_epoch":
        trust_fashion_mnist()
    print(json.dumps(measurement.measure(samples)))


if __name__ == "__main__":
    main()
