"""MXNet 1.9's Python interface over PyTorch."""

__version__ = "1.9.1"
