"""The compiler's benchmarks need the extra ``bench``, which the tests do without; pytest leaves it alone."""

collect_ignore_glob = ["compile*.py", "fidelity.py"]
