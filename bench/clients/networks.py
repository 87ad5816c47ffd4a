"""gluoncv's networks: constructed, and run with the parameters that MXNet makes of a seed, under both libraries alike.

    python bench/clients/networks.py FILE.npz NAME...
    python bench/clients/networks.py FILE.npz all [PART...]

With "all" in the place of names it constructs every network of gluoncv's list (whose name has
one of the parts), a line for each, and counts at the end.
With MXNet 1.9.1's Python it writes down what each network gives; with this project's, where the file is there already,
it compares. gluoncv has to be on the path.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
import warnings
from pathlib import Path

import numpy as np

SECONDS = 90  # that a network may take
LOOKED_AT = 20_000  # elements of each output
#: by the beginning or a part of a name: the shapes of inputs to try, the first that the network takes counts
SHAPES = [
    (r"ssd_300", [(1, 3, 300, 300)]),
    (r"ssd_512", [(1, 3, 512, 512)]),
    (r"yolo3", [(1, 3, 128, 128)]),
    (r"rcnn", [(1, 3, 256, 256)]),
    (r"center_net", [(1, 3, 128, 128), (1, 3, 256, 256)]),
    (r"pose", [(1, 3, 256, 192)]),
    (r"monodepth", [(1, 3, 192, 640), (1, 6, 192, 640)]),
    (r"hrnet.*_s$|deeplab|fcn|psp|danet|icnet|fastscnn", [(1, 3, 240, 240), (1, 3, 480, 480)]),
    (r"i3d|p3d|r2plus1d|c3d", [(1, 3, 8, 112, 112), (1, 3, 16, 112, 112), (1, 3, 32, 224, 224)]),
    (r"slowfast", [(1, 3, 36, 112, 112), (1, 3, 40, 112, 112), (1, 3, 64, 224, 224)]),
    (r"cifar", [(1, 3, 32, 32)]),
    (r"inceptionv3|nasnet|xception", [(1, 3, 299, 299)]),
    (r"", [(1, 3, 224, 224)]),
]


def family(name: str) -> str:
    """What names of one kind of network have in common.

    Examples
    --------
    >>> family("ssd_512_resnet50_v1_voc_int8"), family("cifar_resnet110_v2")
    ('ssd resnet v', 'cifar resnet v')
    """
    text = re.sub(r"_(coco|voc|ade|citys|mhpv1|custom|int8|kinetics\d+|ucf101|hmdb51|sthsthv2)(?=_|$)", "", name)
    return " ".join(re.sub(r"[\d.]+(x\d+d?)?", " ", text).replace("_", " ").split())


def samples(names: list[str]) -> list[str]:
    """One network of each family, the one with the smallest numbers in its name."""
    chosen: dict[str, str] = {}
    for name in sorted(names, key=lambda each: ([int(n) for n in re.findall(r"\d+", each)], each)):
        if "int8" not in name:  # networks of quantized operators come from files
            chosen.setdefault(family(name), name)
    return sorted(chosen.values())


def made(name: str):
    """A network without weights; one for classes of one's own gets two."""
    from gluoncv.model_zoo import get_model

    keywords: dict = {"pretrained": False, "pretrained_base": False}
    while True:
        try:
            return get_model(name, **keywords)
        except TypeError as error:  # which of these a network takes is told by its error alone
            if "pretrained_base" in keywords and "pretrained_base" in str(error):
                del keywords["pretrained_base"]
            elif "classes" not in keywords and "'classes'" in str(error):
                keywords["classes"] = ["a", "b"]
            else:
                raise


def outputs(name: str, shapes: list) -> tuple:
    """The shape that was taken, and all arrays that the network gives for it."""
    import mxnet as mx

    said = None
    for shape in shapes:
        try:
            mx.random.seed(7)
            np.random.seed(7)
            net = made(name)
            net.initialize(mx.init.Xavier(magnitude=2.0))
            given = net(mx.nd.array(np.random.RandomState(3).uniform(-1, 1, shape).astype("float32")))
            return shape, [looked_at(each.asnumpy()) for each in flat(given)]
        except Exception as error:  # noqa: BLE001 - the next shape may fit, and the last error is told
            said = said or error
    raise said


def looked_at(array):
    """Its axes and shape, and elements all over it, as many as are worth keeping."""
    return np.concatenate(
        [np.array([array.ndim, *array.shape]), array.ravel()[:: max(1, array.size // LOOKED_AT)].astype("float64")]
    )


def flat(given) -> list:
    """All arrays in lists, tuples and dictionaries."""
    if isinstance(given, dict):
        given = list(given.values())
    if isinstance(given, (list, tuple)):
        return [each for part in given for each in flat(part)]
    return [] if given is None else [given]


def apart(ours: list, theirs: list) -> float:
    """The length of the difference by that of what MXNet gives, of all arrays; infinite where shapes differ."""
    if [each.size for each in ours] != [each.size for each in theirs]:
        return float("inf")
    difference = length = 0.0
    for mine, other in zip(ours, theirs):
        axes = int(mine[0])
        if not np.array_equal(mine[: axes + 1], other[: axes + 1]):
            return float("inf")
        mine, other = (np.nan_to_num(each[axes + 1 :]) for each in (mine, other))
        difference += float(np.square(mine - other).sum())
        length += float(np.square(other).sum())
    return (difference / max(length, 1e-30)) ** 0.5


def one(name: str, recorded) -> dict:
    """What came of a network: recorded or compared."""
    start = time.time()
    result: dict = {"name": name}
    shapes = next(shapes for pattern, shapes in SHAPES if re.search(pattern, name))
    if recorded is not None:
        shapes = [tuple(json.loads(str(recorded[f"{name}:shape"])))] if f"{name}:shape" in recorded else shapes
    signal.alarm(SECONDS)
    try:
        shape, arrays = outputs(name, shapes)
        result |= {"shape": list(shape), "arrays": arrays}
        if recorded is not None and f"{name}:count" in recorded:
            theirs = [recorded[f"{name}:{place}"] for place in range(int(recorded[f"{name}:count"]))]
            result["apart"] = apart(arrays, theirs)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is what is asked
        result["error"] = f"{type(error).__name__}: {str(error)[:300]}"
    finally:
        signal.alarm(0)
    return {**result, "seconds": round(time.time() - start, 1)}


def constructed(names: list[str]) -> int:
    """Construct networks, a line for each and the count of each kind of outcome after them."""
    outcomes: dict[str, int] = {}
    for name in names:
        try:
            made(name)
            outcome = {"constructed": True}
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is what is asked
            outcome = {"error": f"{type(error).__name__}: {str(error)[:300]}"}
        print(json.dumps({"name": name, **outcome}), flush=True)
        kind = "constructed" if "constructed" in outcome else outcome["error"].split(":")[0]
        outcomes[kind] = outcomes.get(kind, 0) + 1
    print(json.dumps({"of": len(names), **outcomes}), flush=True)
    return 0


def main() -> int:
    """Record or compare, a line for each network."""

    def late(*_):
        raise TimeoutError(f"longer than {SECONDS} s")

    signal.signal(signal.SIGALRM, late)
    warnings.simplefilter("ignore")
    file, names = Path(sys.argv[1]), sys.argv[2:]
    from gluoncv.model_zoo import get_model_list

    import mxnet as mx

    is_oracle = "remxnet" not in os.environ.get("CLIENT", "remxnet")
    known = list(get_model_list())
    if names[:1] == ["all"]:
        return constructed([name for name in sorted(known) if not names[1:] or any(part in name for part in names[1:])])
    names = samples(known) if names == ["samples"] else names
    recorded = None if is_oracle else np.load(file, allow_pickle=False)
    kept: dict = dict(np.load(file)) if is_oracle and file.exists() else {}
    for name in names:
        if f"{name}:count" in kept:
            continue
        result = one(name, recorded)
        arrays = result.pop("arrays", None)
        print(json.dumps({**result, "mxnet": mx.__version__}), flush=True)
        if is_oracle and arrays is not None:
            kept |= {f"{name}:{place}": each for place, each in enumerate(arrays)}
            kept |= {f"{name}:count": np.array(len(arrays)), f"{name}:shape": np.array(json.dumps(result["shape"]))}
            np.savez_compressed(file, **kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
