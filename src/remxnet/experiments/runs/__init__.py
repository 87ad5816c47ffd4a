"""What is kept on disk: a run's directory, read and written, and the checkpoints that a killed run goes on from.

`run` looks at a run from outside, `recording` writes the one that is being trained, `checkpoints` is the format of what
a resume needs, `durable` the way files are written, `curves` their picture.
"""

from .run import EpochResult, Run, load_net, open_run

__all__ = ["EpochResult", "Run", "load_net", "open_run"]
