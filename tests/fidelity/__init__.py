"""Fidelity: every case runs under MXNet 1.9.1 once, to be recorded, and under this package in every test run."""
