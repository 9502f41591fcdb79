"""How many processes there are, and what each does so that it never works on after its parent."""

import ctypes
import os
import signal
import sys


def cores() -> int:
    """Those that this process may use: with one thread each, as many processes serve."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def end_with(parent: int) -> None:
    """In a child process: die when `parent` does, even by SIGKILL (Linux; prctl(2)).

    Elsewhere the child notices by its pipe.
    """
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != parent:  # it died in between
        os._exit(1)
