"""Record what MXNet 1.9.1 gives for the fidelity cases. Run it with the oracle's Python.

usage: ORACLE/bin/python -W ignore tests/fidelity/record.py [FAMILY ...]

Without a family it records all, and with them the names, arguments and signatures of MXNet's interface, which alone
are the family `interface`, and what MXNet infers of shapes and dtypes, the family `inference`. A family whose answers
did not change is not written again.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the order of additions, and so the last bit, depends on it
TESTS = str(Path(__file__).resolve().parent.parent)
OURS = os.path.join(os.path.dirname(TESTS), "src")  # may be in PYTHONPATH, and is not what is to be recorded
sys.path[:] = [TESTS, *(p for p in sys.path if os.path.abspath(p) != OURS)]
sys.dont_write_bytecode = True


def main(names):
    """Record the families of these names."""
    import mxnet as mx
    from fidelity import inference, interface, recording

    if os.path.abspath(mx.__file__).startswith(os.path.abspath(OURS) + os.sep):
        sys.exit("record.py: this is not MXNet itself; run it with the Python that has MXNet 1.9.1 (../shared/oracle)")
    if mx.__version__ != "1.9.1":
        sys.exit(f"record.py: this is MXNet {mx.__version__}; the recordings are those of 1.9.1")
    everything = not names
    for name, special in (("interface", interface), ("inference", inference)):
        if everything or name in names:
            special.record(mx)
    names = recording.families() if everything else [n for n in names if n not in ("interface", "inference")]
    unknown = sorted(set(names) - set(recording.families()))
    if unknown:
        sys.exit(f"record.py: no family {', '.join(unknown)}; there are {', '.join(recording.families())}")
    for family in names:
        outcomes = {}
        for name, case in recording.cases(family).items():
            outcome, arrays, error = recording.run(mx, case)
            outcomes[name] = (outcome, arrays)
            if error is not None:
                print(f"  {family}::{name} raises {outcome['error']['class']}: {outcome['error']['gist']}")
                if isinstance(error, (NameError, ImportError)):
                    sys.exit(f"record.py: {family}::{name} is at fault itself: {error!r}")
        written = recording.write(family, outcomes)
        print(f"{family}: {len(outcomes)} cases {'recorded' if written else 'as before'}")


if __name__ == "__main__":
    main(sys.argv[1:])
