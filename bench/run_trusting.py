"""Run a program with the archives of Fashion-MNIST trusted: `python -m bench.run_trusting PROGRAM [ARGUMENT…]`.

MXNet 1.9.1 knows the check sums of the original archives only; these are compressed anew.
"""

from __future__ import annotations

import runpy
import sys

from .cases.loading import trust_archives

if __name__ == "__main__":
    trust_archives()
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
