"""§3: features, network, training, evaluation and prediction.

Knows no Django and needs nothing but files: `python -m baseline` runs on any machine with Python.
"""

VERSION = "0.1.0"  # Concord's, as in pyproject.toml; a trained model names it
