"""What a process that opens a stranger's file may not do: use much memory or time, other files, the network, programs.

Linux gives three walls: resource limits, Landlock (files) and seccomp (system calls). What a system does not have is
left out; `walls` says what there is.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Walls", "fence_calls", "fence_files", "limit", "walls"]

_ARCHES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
# System calls by architecture (x86_64, aarch64); −1 where there is none. The first end the process, so that an attempt
# is seen and counted: sockets and other programs. The second fail as if they were not allowed to anybody.
_FATAL = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "sendto": (44, 206), "execve": (59, 221), "execveat": (322, 281),
}  # fmt: skip
_REFUSED = {
    "fork": (57, -1), "vfork": (58, -1), "kill": (62, 129), "ptrace": (101, 117), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "bpf": (321, 280), "userfaultfd": (323, 282), "perf_event_open": (298, 241),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97), "setns": (308, 268), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104), "open_by_handle_at": (304, 265),
    "reboot": (169, 142),
}  # fmt: skip
_CLONE, _CLONE3, _CLONE_THREAD, _X32 = (56, 220), (435, 435), 0x00010000, 0x40000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _GET_SECCOMP = 38, 22, 21

# Landlock: the numbers of its calls are the same everywhere.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_FILE, _MAKE_LINK, _REFER, _TRUNCATE = 1 << 7, 1 << 8, 1 << 12, 1 << 13, 1 << 14
_OWN = (
    _WRITE_FILE | _READ_FILE | _READ_DIR | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_FILE | _MAKE_LINK | _REFER
    | _TRUNCATE
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Walls:
    """Which walls this system has: limits of memory and time, of system calls (network, programs), of files."""

    limits: bool
    calls: bool
    files: bool


def walls() -> Walls:
    """Tell which walls this system has."""
    linux = sys.platform == "linux"
    return Walls(
        limits=os.name == "posix",
        calls=linux and platform.machine() in _ARCHES and _libc().prctl(_GET_SECCOMP, 0, 0, 0, 0) >= 0,
        files=linux and _landlock() > 0,
    )


def limit(*, memory: int, seconds: int) -> None:
    """Bound what this process may take: `memory` bytes that it writes to, `seconds` of computing, no core dump."""
    if sys.platform == "win32":
        return
    import resource

    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    # One second after the first signal about time the kernel sends one that cannot be put off.
    for name, value, more in ((kind, memory, 0), (resource.RLIMIT_CPU, seconds, 1), (resource.RLIMIT_CORE, 0, 0)):
        hard = resource.getrlimit(name)[1]
        with contextlib.suppress(ValueError, OSError):  # a lower limit stands already
            most = value + more if hard == resource.RLIM_INFINITY else min(value + more, hard)
            resource.setrlimit(name, (min(value, most), most))


def fence_calls() -> bool:
    """Take sockets, other programs and other processes from this process for good; tells whether it could."""
    if not walls().calls:
        return False
    arch, column = _ARCHES[platform.machine()]
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, arch), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    if column == 0:
        steps += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _KILL)]
    for numbers, outcome in ((_FATAL, _KILL), (_REFUSED, _ERRNO | errno.EPERM)):
        for both in numbers.values():
            if both[column] >= 0:
                steps += [(_EQUAL, 0, 1, both[column]), (_RETURN, 0, 0, outcome)]
    # The C library falls back to clone, whose flags can be seen: threads are made by it, processes are not.
    steps += [(_EQUAL, 0, 1, _CLONE3[column]), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    steps += [(_EQUAL, 0, 3, _CLONE[column]), (_LOAD, 0, 0, 16), (_ANY_BIT, 1, 0, _CLONE_THREAD)]
    steps += [(_RETURN, 0, 0, _ERRNO | errno.EPERM), (_RETURN, 0, 0, _ALLOW)]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(buffer))
    libc = _libc()
    return bool(
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
        and libc.prctl(_SET_SECCOMP, 2, ctypes.create_string_buffer(program, len(program)), 0, 0) == 0
    )


def fence_files(own: Path, files: Sequence[Path], libraries: Iterable[Path]) -> bool:
    """Leave this process the folder `own`, `files` to read, code and data of `libraries`; tells whether it could."""
    version = _landlock()
    if version < 1:
        return False
    handled = (1 << 13) - 1 | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    net, scope = (3 if version >= 4 else 0), (3 if version >= 6 else 0)
    attributes = struct.pack("QQQ", handled, net, scope)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    libc = _libc()
    ruleset = libc.syscall(
        _CREATE_RULESET, ctypes.create_string_buffer(attributes, len(attributes)), len(attributes), 0
    )
    if ruleset < 0:
        return False
    allowed = [(own, _OWN & handled), *((path, _READ_FILE) for path in files)]
    allowed += [(path, _READ_FILE | (_READ_DIR if path.is_dir() else 0)) for path in libraries if path.exists()]
    try:
        for path, rights in allowed:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                rule = struct.pack("=Qi", rights, handle)
                if libc.syscall(_ADD_RULE, ruleset, 1, ctypes.create_string_buffer(rule, len(rule)), 0):
                    return False
            finally:
                os.close(handle)
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return bool(libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _landlock() -> int:
    """Return the version of Landlock that the kernel has; 0 or less for none."""
    return int(_libc().syscall(_CREATE_RULESET, None, 0, 1)) if sys.platform == "linux" else 0


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
