"""One file for each subject; a case is a function with :func:`own.case.of` over it."""
