"""Teaching the eye: labelled pictures in, a network and its figures out.

`clearway train`, `evaluate` and `export` stand on it; nothing that runs at the kerb does. Reading data and
measuring need no PyTorch; only `fitting` and `export` ask for the extra `clearway[ultralytics]`.
"""
