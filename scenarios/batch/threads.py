"""How many threads the processes that answer questions may use."""

from __future__ import annotations

import os

__all__ = ["keep_to_one_thread"]

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What libraries of linear algebra read for the number of their threads."""


def keep_to_one_thread() -> None:
    """Let processes that start from now on use one thread of linear algebra, if nobody said more.

    Matrices are small here, and there are as many processes as cores.
    """
    for name in THREADS:
        os.environ.setdefault(name, "1")
