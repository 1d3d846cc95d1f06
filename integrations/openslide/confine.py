"""A wall that a process builds around itself, without any rights: Landlock for files, seccomp for the rest.

It stands also where the system allows no wall around the process, as in most containers. Only Linux on x64 and arm64.
"""

import ctypes
import errno
import os
import platform
import struct

NO_NEW_PRIVS, SECCOMP, FILTER = 38, 22, 2
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
PATH_BENEATH, GET_VERSION = 1, 1
READ_FILE, READ_DIR = 1 << 2, 1 << 3
# What each version of Landlock can forbid: files (bits), ports of TCP (bits), sockets and signals of others (bits).
FILES = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
PORTS, SCOPES = 3, 3

# Calls that reading a slide never needs, by their numbers: (x64, arm64).
FORBIDDEN = {
    'socket': (41, 198), 'socketpair': (53, 199), 'bind': (49, 200), 'listen': (50, 201), 'accept': (43, 202),
    'accept4': (288, 242), 'connect': (42, 203), 'execve': (59, 221), 'execveat': (322, 281), 'fork': (57, None),
    'vfork': (58, None), 'clone': (56, 220), 'clone3': (435, 435), 'kill': (62, 129), 'tkill': (200, 130),
    'tgkill': (234, 131), 'rt_sigqueueinfo': (129, 138), 'rt_tgsigqueueinfo': (297, 240), 'ptrace': (101, 117),
    'process_vm_readv': (310, 270), 'process_vm_writev': (311, 271), 'io_uring_setup': (425, 425), 'bpf': (321, 280),
    'keyctl': (250, 219), 'add_key': (248, 217), 'request_key': (249, 218), 'perf_event_open': (298, 241),
    'userfaultfd': (323, 282), 'mount': (165, 40), 'umount2': (166, 39), 'pivot_root': (155, 41), 'chroot': (161, 51),
    'unshare': (272, 97), 'setns': (308, 268), 'pidfd_open': (434, 434), 'pidfd_getfd': (438, 438),
    'pidfd_send_signal': (424, 424), 'memfd_create': (319, 279), 'name_to_handle_at': (303, 264),
    'open_by_handle_at': (304, 265), 'fsopen': (430, 430), 'move_mount': (429, 429), 'open_tree': (428, 428),
    'shmget': (29, 194), 'msgget': (68, 186), 'semget': (64, 190), 'mq_open': (240, 180), 'prlimit64': (302, 261),
    'chmod': (90, None), 'fchmod': (91, 52), 'fchmodat': (268, 53), 'fchmodat2': (452, 452), 'chown': (92, None),
    'lchown': (94, None), 'fchown': (93, 55), 'fchownat': (260, 54), 'utime': (132, None), 'utimes': (235, None),
    'futimesat': (261, None), 'utimensat': (280, 88), 'setxattr': (188, 5), 'lsetxattr': (189, 6), 'fsetxattr': (190, 7),
    'removexattr': (197, 14), 'lremovexattr': (198, 15), 'fremovexattr': (199, 16),
    'sched_setaffinity': (203, 122), 'setpriority': (141, 140), 'sched_setscheduler': (144, 119),
}
# Number of the column above, and how the kernel names the machine.
MACHINES = {'x86_64': (0, 0xC000003E), 'aarch64': (1, 0xC00000B7)}

LOAD, IF_EQUAL, IF_AT_LEAST, ANSWER = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
MACHINE_AT, CALL_AT = 4, 0
# Numbers from here on are calls of the 32-bit kind on x64.
OTHER_KIND = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)


def confine(folder):
    """Lets the process read files below a folder, and nothing else, for good. Raises OSError where it cannot."""
    if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), 'no_new_privs')
    restrict_files(folder)
    restrict_calls()


def restrict_files(folder):
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), GET_VERSION)
    if version < 1:
        raise OSError(errno.ENOSYS, 'Landlock')
    files = FILES[max(known for known in FILES if known <= version)]
    words = [files] + ([PORTS] if version >= 4 else []) + ([SCOPES] if version >= 6 else [])
    asked = struct.pack(f'={len(words)}Q', *words)
    ruleset = done(libc.syscall(CREATE_RULESET, asked, ctypes.c_size_t(len(asked)), 0))
    allowed = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        rule = struct.pack('=Qi', READ_FILE | READ_DIR, allowed)
        done(libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, rule, 0))
        done(libc.syscall(RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(allowed)
        os.close(ruleset)


def restrict_calls():
    if platform.machine() not in MACHINES:
        raise OSError(errno.ENOSYS, 'seccomp')
    column, machine = MACHINES[platform.machine()]
    numbers = [each[column] for each in FORBIDDEN.values() if each[column] is not None]
    steps = [(LOAD, 0, 0, MACHINE_AT), (IF_EQUAL, 1, 0, machine), (ANSWER, 0, 0, KILL), (LOAD, 0, 0, CALL_AT)]
    # Each jumps over the tests behind it, and over the answer that allows.
    tests = [(IF_AT_LEAST, OTHER_KIND), *((IF_EQUAL, number) for number in numbers)]
    steps += [(code, len(tests) - i, 0, value) for i, (code, value) in enumerate(tests)]
    steps += [(ANSWER, 0, 0, ALLOW), (ANSWER, 0, 0, REFUSE)]
    code = ctypes.create_string_buffer(b''.join(struct.pack('=HBBI', *step) for step in steps))
    program = struct.pack('@HP', len(steps), ctypes.addressof(code))
    done(libc.prctl(SECCOMP, FILTER, program, 0, 0))


def done(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), 'confinement')
    return result
