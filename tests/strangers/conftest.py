"""Strangers have their own demands."""

import sys

collect_ignore = ["test_ionq_core.py"] if sys.version_info < (3, 11) else []  # ionq-core needs Python 3.11
