"""Tying a process to its parent: when the parent ends, however it ends, the kernel ends the child too."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(parent: int, *, by: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel for the signal `by` when the process `parent`, which started this one, ends (prctl(2)).

    Called by the child about itself, so nothing runs between fork and exec in the threaded parent. The wish outlives
    exec. A parent that ended before the wish was made is noticed by this process's new parent: it then ends at once.
    """
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
        if prctl(_PR_SET_PDEATHSIG, by, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        os.kill(os.getpid(), by)


def tied(*command: str) -> list[str]:
    """`command` as a command line that dies with the process that calls this; start it from the main thread, since
    the kernel watches the thread that forked."""
    return [sys.executable, "-m", "gallery_site.lifeline", str(os.getpid()), *command]


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
