"""What is measured, one file each; every file runs unchanged under remxnet and under MXNet 1.9.1 (Python 3.8 on).

A measurement has `measure(samples)`, which returns that many times in seconds, and `UNIT`, which says of what.
"""
