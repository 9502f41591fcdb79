"""§3: features, network, training, evaluation and prediction.

Knows no Django and needs nothing but files: `python -m baseline` runs on any machine with Python.
"""
