"""Speed, measured beside MXNet 1.9.1: `python -m bench --oracle DIR`."""
