"""Measures this project against PyTorch and MXNet 1.9.1; `python -m bench --help` says how."""
