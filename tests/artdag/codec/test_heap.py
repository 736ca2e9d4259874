"""Memory that was freed is used again without asking the kernel."""

import platform
import resource
import subprocess
import sys

import pytest

from artdag.codec.heap import keep_freed_memory

_FRAMES = """
import ctypes, resource
from artdag.codec.heap import keep_freed_memory
{wish}
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(40):
    held = [libc.malloc(ctypes.c_size_t(8 << 20)) for _ in range(3)]
    for block in held:
        ctypes.memset(ctypes.c_void_p(block), 1, 8 << 20)
        libc.free(block)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the wish is known to glibc")
def test_freed_memory_stays_with_the_process():
    assert keep_freed_memory()
    wish = "keep_freed_memory()"
    told = subprocess.run([sys.executable, "-c", _FRAMES.format(wish=wish)], capture_output=True, text=True, check=True)
    once = 3 * (8 << 20) // resource.getpagesize()
    assert int(told.stdout) < 2 * once
