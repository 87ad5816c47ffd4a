"""Random programs: networks, modes and writes in any order, each against the plain way in float64.

A program is made from a seed. It has a network of a few random layers, two or three input arrays, and some dozen steps:
calls in every mode (eager, hybridized, static, recorded, predicted, bound, exported and loaded), backwards, steps of
optimizers, and between them writes into whatever has memory, by every writer and every alias, from threads too. What it
computes is compared, array for array, with a reference that knows nothing of this package: torch's functions on float64
tensors of their own, run at once and in order, where every write is a copy.

::

    python -m tests.programs --count 1000 --seed 0 --jobs 2     # seeds 0 to 999
    python -m tests.programs --minutes 10                       # as many as fit, from a seed that is printed
    python -m tests.programs --show 17                          # the program as a script
    python -m tests.programs --run 17                           # in this process, to look at it with a debugger
    python -m tests.programs --shrink 17                        # the smallest script that still fails
    make programs COUNT=10000 JOBS=2

The last line sums up; ``--failures FILE`` gets a JSON object for each failure (seed, kind, what was expected and what
came, and what death it was where the process died).

**What runs is what is shown.** A program is its script: the very text that ``--show`` prints is compiled and executed.
Each step has a second form, for the reference, beside the text it contributes.

**How near is near enough.** The reference runs a second time with noise: at each layer that rounds, and in its
gradient, it adds a random number of about 16 units in the last place of the largest element. What the noise does to a
result says what rounding may do to it: to a sum that cancels much, to a product little. Results may be off by four
times that, plus 1e-6 of their largest element in float32 (16 units in the last place in other dtypes). Where noise
moves an element over a kink (a relu's zero, a maximum's tie), the gradient has no value that could be held against
anything; a program that fails after that is counted as unsure.

**Deaths.** Programs run in children of a server that has imported everything and started no thread, some dozens to a
child. A child that dies or takes too long fails the program that it was at, which is then run again alone.

Files: ``kinds.py`` what a kind of layer has to say · ``windows.py``, ``layers.py``, ``arrays.py`` the kinds ·
``network.py`` networks of them · ``world.py`` the reference's state · ``writers.py``, ``steps.py``, ``graphs.py`` the
steps · ``generate.py`` programs from seeds · ``judge.py`` runs one and compares · ``children.py`` runs many ·
``shrink.py`` makes one smaller.
"""
