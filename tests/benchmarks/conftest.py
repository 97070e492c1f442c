"""The compiler's benchmark needs the extra ``bench``, which the tests do without; pytest leaves it alone."""

collect_ignore_glob = ["compile*.py"]
