"""seccomp: a filter that every system call of the kernel and its children passes.

https://docs.kernel.org/userspace-api/seccomp_filter.html; constants as in <linux/seccomp.h>,
<linux/filter.h>, <linux/audit.h>. The filter is classic BPF, assembled here.

It names what is refused. Whatever is newer than this list answers ENOSYS, as on an older
kernel. A filter sees numbers, not what a pointer points to: so paths are not its business.
"""

import errno
import platform
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from convwork.grading import linux

SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ALLOW = 0x7FFF0000
SECCOMP_RET_ERRNO = 0x00050000
SECCOMP_RET_KILL_PROCESS = 0x80000000

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NEWEST_SYSCALL = 462  # mseal, Linux 6.10

BPF_LD_W_ABS = 0x20
BPF_ALU_AND_K = 0x54
BPF_JMP_JA = 0x05
BPF_JMP_JEQ_K = 0x15
BPF_JMP_JGT_K = 0x25
BPF_JMP_JSET_K = 0x45
BPF_RET_K = 0x06

# struct seccomp_data: int nr, __u32 arch, __u64 instruction_pointer, __u64 args[6]
_NR, _ARCH, _ARGS = 0, 4, 16

_CLONE_NEW = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_AF_UNIX, _SOCK_STREAM, _SOCK_SEQPACKET, _SOCK_TYPE_MASK = 1, 1, 5, 0xF
_TIOCSTI, _TIOCLINUX, _FIOSETOWN, _SIOCSPGRP = 0x5412, 0x541C, 0x8901, 0x8902
_FS_IOC_SETFLAGS, _FS_IOC_FSSETXATTR = 0x40086602, 0x401C5820
_F_SETOWN, _F_SETSIG, _F_SETOWN_EX, _F_SETLEASE = 8, 10, 15, 1024

# fmt: off
# Debugging others, new namespaces and mounts, keys, kernel programs, the machine itself.
_NEVER = (
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd",
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount",
    "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "open_by_handle_at",
    "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd",
    "io_uring_setup", "io_uring_enter", "io_uring_register",
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
    "quotactl", "quotactl_fd", "swapon", "swapoff", "reboot", "acct", "vhangup", "syslog",
    "sethostname", "setdomainname", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex",
    "iopl", "ioperm", "modify_ldt",
)
# Memory that belongs to no process would escape the memory guard; glibc and others fall back.
_ABSENT = ("clone3", "memfd_create", "memfd_secret", "shmget", "msgget", "semget", "mq_open")
# Calls on a file's name, or on a file open for reading, that Landlock does not see. They
# answer success and do nothing, as under `fakeroot`: shutil.copy goes on working.
_PRETEND = (
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat",
    "utime", "utimes", "utimensat", "futimesat",
    "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr",
)
_SIGNALS = ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
# Settings of a process, and which argument says whose. A thread of one's own looks like another
# process; so the answer is success, again, and nothing is done: libzmq would abort at EPERM.
_SETTINGS = {
    "prlimit64": 0, "sched_setparam": 0, "sched_setscheduler": 0, "sched_setattr": 0,
    "sched_setaffinity": 0, "migrate_pages": 0, "move_pages": 0, "setpriority": 1, "ioprio_set": 1,
}
# fmt: on


@dataclass(frozen=True)
class Rule:
    """What one system call answers, always or for some values of one argument.

    any_of, none_of: the rule holds if argument & mask is, or is not, among these values.
    any_bit: the rule holds if the argument has one of these bits.
    """

    call: str
    error: int
    argument: int = 0
    mask: int = 0xFFFFFFFF
    any_of: tuple[int, ...] = ()
    none_of: tuple[int, ...] = ()
    any_bit: int = 0


def rules(
    *, files_hidden: bool, processes_hidden: bool, signals_scoped: bool, process: int
) -> list[Rule]:
    """The filter's rules, for what the other layers leave open.

    files_hidden: a mount namespace hides other files and sockets.
    processes_hidden: a pid namespace hides other processes.
    signals_scoped: Landlock keeps signals inside the sandbox.
    process: the one process that may be signalled and changed when others are in sight.
    """
    found = [Rule(name, errno.EPERM) for name in _NEVER]
    found += [Rule(name, errno.ENOSYS) for name in _ABSENT]
    found += [
        Rule("clone", errno.EPERM, any_bit=_CLONE_NEW),
        Rule("ioctl", errno.EPERM, argument=1, any_of=(_TIOCSTI, _TIOCLINUX)),
        Rule("fcntl", errno.EPERM, argument=1, any_of=(_F_SETLEASE,)),  # stops who would write
        Rule("prctl", errno.EPERM, any_of=(linux.PR_SET_PDEATHSIG,)),  # would outlive its stub
        # Not EPERM: libzmq would abort.
        Rule("socket", errno.EOPNOTSUPP, none_of=(_AF_UNIX,)),
        Rule("socketpair", errno.EOPNOTSUPP, none_of=(_AF_UNIX,)),
    ]
    if not files_hidden:
        found += _rules_for_files_in_sight()
    if not processes_hidden:
        found += _rules_for_processes_in_sight(process)
        if not signals_scoped:
            found += _rules_for_signals(process)
    return found


def _rules_for_files_in_sight() -> list[Rule]:
    """Landlock alone stops neither these calls nor a connection to a socket by its path.

    Sockets of a user's services (systemd, docker, ssh-agent) are ways out of any sandbox.
    So nothing connects at all; a datagram socket could send without connecting.
    """
    streams = (_SOCK_STREAM, _SOCK_SEQPACKET)
    return [
        *(Rule(name, 0) for name in _PRETEND),
        Rule("truncate", errno.EPERM),  # by name: not seen before ABI 3
        Rule("connect", errno.EACCES),
        Rule("socket", errno.EOPNOTSUPP, argument=1, mask=_SOCK_TYPE_MASK, none_of=streams),
        Rule("socketpair", errno.EOPNOTSUPP, argument=1, mask=_SOCK_TYPE_MASK, none_of=streams),
        Rule("ioctl", errno.EPERM, argument=1, any_of=(_FS_IOC_SETFLAGS, _FS_IOC_FSSETXATTR)),
        Rule("inotify_add_watch", errno.EACCES),
        Rule("fanotify_init", errno.EPERM),
    ]


def _rules_for_processes_in_sight(process: int) -> list[Rule]:
    """No settings of others, and no leaving the process group, by which the kernel is killed."""
    return [
        Rule("setsid", errno.EPERM),
        Rule("setpgid", errno.EPERM),
        *(
            Rule(name, 0, argument=argument, none_of=(0, process))
            for name, argument in _SETTINGS.items()
        ),
    ]


def _rules_for_signals(process: int) -> list[Rule]:
    """Signals to itself only; fcntl and ioctl can direct signals, too (F_SETOWN)."""
    return [
        *(Rule(name, errno.EPERM, none_of=(process,)) for name in _SIGNALS),
        Rule("tkill", errno.EPERM),
        Rule("pidfd_send_signal", errno.EPERM),
        Rule("fcntl", errno.EPERM, argument=1, any_of=(_F_SETOWN, _F_SETSIG, _F_SETOWN_EX)),
        Rule("ioctl", errno.EPERM, argument=1, any_of=(_FIOSETOWN, _SIOCSPGRP)),
    ]


def _instruction(code: int, k: int, jump_true: int = 0, jump_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, jump_true, jump_false, k)  # struct sock_filter


def _block(rule: Rule) -> list[bytes]:
    """Instructions for one rule: from the call's number in the accumulator to the same."""
    number = linux.syscall_number(rule.call)
    if number is None:
        return []
    test: list[bytes] = []
    values = rule.any_of or rule.none_of
    if values or rule.any_bit:
        # All tested arguments are ints: the kernel looks at their low halves only.
        test.append(_instruction(BPF_LD_W_ABS, _ARGS + 8 * rule.argument))
        test.append(_instruction(BPF_ALU_AND_K, rule.mask))
        # An equal value jumps to the refusal (any_of) or just behind it (none_of).
        for at, value in enumerate(values):
            test.append(_instruction(BPF_JMP_JEQ_K, value, len(values) - at, 0))
        if rule.any_of:
            test.append(_instruction(BPF_JMP_JA, 1))
        if rule.any_bit:
            test.append(_instruction(BPF_JMP_JSET_K, rule.any_bit, 0, 1))
    refuse = _instruction(BPF_RET_K, SECCOMP_RET_ERRNO | rule.error)
    body = [*test, refuse, _instruction(BPF_LD_W_ABS, _NR)]
    return [_instruction(BPF_JMP_JEQ_K, number, 0, len(body)), *body]


def assemble(found: Iterable[Rule]) -> bytes:
    """The program: an array of struct sock_filter."""
    program = [
        _instruction(BPF_LD_W_ABS, _ARCH),
        _instruction(BPF_JMP_JEQ_K, AUDIT_ARCH[platform.machine()], 1, 0),
        _instruction(BPF_RET_K, SECCOMP_RET_KILL_PROCESS),  # 32-bit calls have other numbers
        _instruction(BPF_LD_W_ABS, _NR),
        # Newer calls, and those of x32, which carry a high bit.
        _instruction(BPF_JMP_JGT_K, NEWEST_SYSCALL, 0, 1),
        _instruction(BPF_RET_K, SECCOMP_RET_ERRNO | errno.ENOSYS),
    ]
    for rule in found:
        program += _block(rule)
    program.append(_instruction(BPF_RET_K, SECCOMP_RET_ALLOW))
    return b"".join(program)


def install(program: bytes) -> None:
    """Filters this thread and all that it starts, for ever. Needs no_new_privs."""
    length = len(program) // len(_instruction(0, 0))
    program_header = struct.pack("=H6xQ", length, linux.address(program))  # struct sock_fprog
    linux.prctl(linux.PR_SET_SECCOMP, SECCOMP_MODE_FILTER, linux.address(program_header))


def available() -> bool:
    """Whether the running kernel has seccomp filters: it looks at the (absent) program."""
    try:
        linux.prctl(linux.PR_SET_SECCOMP, SECCOMP_MODE_FILTER, 0)
    except OSError as error:
        return error.errno == errno.EFAULT
    return False
