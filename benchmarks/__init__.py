"""Every figure that an issue or a page of docs/ states, reproduced: `python -m benchmarks NAME [--json]`."""
