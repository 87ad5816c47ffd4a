"""`remxnet kernel`: Jupyter's kernel for programs written for MXNet."""

import argparse

from ..errors import InputError
from .run import NEEDED

SUMMARY = "give Jupyter a kernel with MXNet and the books' helpers"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """What is to be done with it."""
    sub.add_argument("action", choices=["install", "remove"], help="offer the kernel in Jupyter, or no longer")
    sub.add_argument("--name", dest="kernel", help="what Jupyter calls it; default: remxnet, or remxnet-old-numpy")
    sub.add_argument("--old-numpy", action="store_true", help="one with the names that NumPy took away, as np.float")
    sub.add_argument(
        "--here", action="store_true", help="only for the Jupyter of this environment; default: for all of yours"
    )


def run(options: argparse.Namespace) -> int:
    """Register or remove the kernel."""
    try:
        from ..notebooks import kernelspec
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in NEEDED:
            raise
        raise InputError(f"{error.name}, which kernels need, is missing: pip install 'remxnet[notebooks]'") from error

    name = options.kernel or (kernelspec.OLD_NUMPY_NAME if options.old_numpy else kernelspec.NAME)
    if options.action == "remove":
        print(f"removed: {kernelspec.remove(name)}")
        return 0
    place = kernelspec.install(name, options.here, options.old_numpy)
    title = kernelspec.specification(options.old_numpy)["display_name"]
    print(f"installed: {place}\nIn Jupyter, choose the kernel {title!r} (menu Kernel, Change Kernel).")
    return 0
