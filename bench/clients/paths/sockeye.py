"""sockeye 2: a small transformer is trained on digits from files, and translates."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def trained_and_translated() -> Any:
    from sockeye.test_utils import generate_digits_file

    with tempfile.TemporaryDirectory() as folder:
        source, target, model = (str(Path(folder) / name) for name in ("source", "target", "model"))
        generate_digits_file(source, target, line_count=200, line_length=6)
        command = (
            f"-m remxnet run --old-numpy -m sockeye.train --use-cpu -s {source} -t {target} -vs {source} -vt {target} "
            f"-o {model} "
            "--encoder transformer --decoder transformer --num-layers 1:1 --transformer-model-size 16 "
            "--transformer-attention-heads 2 --transformer-feed-forward-num-hidden 16 --num-embed 16:16 "
            "--batch-size 16 --batch-type sentence --max-updates 4 --checkpoint-interval 2 --max-seq-len 10:10 "
            "--decode-and-evaluate 0 --dtype float32 --seed 1"
        )
        run([sys.executable, *command.split()])
        lines = Path(source).read_text().splitlines()[:2]
        command = (
            f"-m remxnet run --old-numpy -m sockeye.translate --use-cpu -m {model} --beam-size 2 --max-output-length 5"
        )
        run([sys.executable, *command.split()], "\n".join(lines))
        return sorted(each.name for each in Path(model).glob("params*"))


def run(command: list[str], text: str = "") -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["?"])[-1])


PATHS = [trained_and_translated]
