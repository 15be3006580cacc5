"""Attacks on other processes."""

from attacks.attack import Attack, harm


def _attempt(name: str, tries: str, code: str, **fields: object) -> Attack:
    return harm(
        name,
        tries,
        f"import ctypes, os, signal\ntry:\n    {code}\nexcept Exception as e:\n    print(type(e))",
        **fields,
    )


ATTACKS = [
    _attempt(
        "signals_a_bystander",
        "another process of the same user",
        "os.kill(BYSTANDER, signal.SIGKILL)",
    ),
    _attempt(
        "signals_a_group",
        "the group of another process",
        "os.killpg(BYSTANDER, signal.SIGKILL)",
    ),
    _attempt(
        "traces_a_bystander",
        "another process, by ptrace",
        "assert ctypes.CDLL(None).ptrace(16, BYSTANDER, 0, 0) == 0; print('GOT' 'CHA')",
    ),
    _attempt(
        "opens_a_bystander",
        "another process, by pidfd",
        "signal.pidfd_send_signal(os.pidfd_open(BYSTANDER), signal.SIGKILL)",
    ),
    _attempt(
        "becomes_root",
        "another user's rights",
        "os.setuid(0); os.chroot('/'); print(ctypes.CDLL(None).mount(b'none', b'/mnt', b'tmpfs', 0, 0) == 0 and 'GOT' 'CHA')",
        dangerous=True,
    ),
    Attack(
        "signals_everything",
        "all processes that it can reach",
        double=None,
        quadruple=None,
        earns={"double": 60.0, "quadruple": 40.0},
        first="import os, signal\nos.kill(-1, signal.SIGKILL)",
        dangerous=True,
    ),
    Attack(
        "signals_its_parent",
        "the process that started it",
        double=None,
        quadruple=None,
        earns={"double": 60.0, "quadruple": 40.0},
        first="import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nos.killpg(0, signal.SIGTERM)",
        dangerous=True,
    ),
    Attack(
        "outlives_its_kernel",
        "a process of its own that stays when all is graded",
        double=None,
        quadruple=None,
        earns={"double": 60.0, "quadruple": 40.0},
        first="import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        time.sleep(300)\n    os._exit(0)",
        dangerous=True,
    ),
]
