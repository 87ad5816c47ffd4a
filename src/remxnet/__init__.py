"""The tools around `mxnet`: the command line, experiments, the notebook runner and the books' helpers."""

__version__ = "0.1.0"
