"""The commands of `python -m baseline`: each module has `add(parser)` and `run(arguments, say)`."""
