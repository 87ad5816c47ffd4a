"""What goes wrong through no fault of the program: the command line turns it into one line and exit code 2."""

__all__ = ["InputError"]


class InputError(Exception):
    """An argument, a file or a machine is not what a command needs; the message says which, and the way out."""
