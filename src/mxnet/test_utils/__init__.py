"""What tests of programs and operators begin with: comparisons, checks of gradients, random arrays, data."""

from . import checking, comparing, consistency, datasets, making, sparse, statistics, surroundings, training
from .checking import *  # noqa: F403
from .checking import _parse_aux_states, _parse_location
from .comparing import *  # noqa: F403
from .comparing import _find_max_violation
from .consistency import *  # noqa: F403
from .datasets import *  # noqa: F403
from .making import *  # noqa: F403
from .sparse import *  # noqa: F403
from .statistics import *  # noqa: F403
from .surroundings import *  # noqa: F403
from .training import *  # noqa: F403

__all__ = ["_find_max_violation", "_parse_aux_states", "_parse_location"]
__all__ += checking.__all__
__all__ += comparing.__all__
__all__ += consistency.__all__
__all__ += datasets.__all__
__all__ += making.__all__
__all__ += sparse.__all__
__all__ += statistics.__all__
__all__ += surroundings.__all__
__all__ += training.__all__
