"""The subcommands of `remxnet`, one module each, and nothing else.

A module has `SUMMARY`, one line for the list of commands, `add_arguments(sub)`, which declares its arguments, and
`run(options)`, which does it and returns the exit code. It imports what it works with when it runs, so that `remxnet
--help` and bad usage answer at once. `remxnet.cli` lists the modules.
"""
