"""What a child process does so that it never works on after its parent."""

import ctypes
import os
import signal
import sys


def end_with(parent: int) -> None:
    """In a child process: die when `parent` does, even by SIGKILL (Linux; prctl(2)).

    Elsewhere the child notices by its pipe.
    """
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != parent:  # it died in between
        os._exit(1)
