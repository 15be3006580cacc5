"""Attacks that use up the machine. What is right in them still counts."""

from attacks.attack import Attack, harm


def _exhausts(name: str, tries: str, code: str) -> Attack:
    return harm(name, tries, code, dangerous=True)


ATTACKS = [
    _exhausts("fork_bomb", "all process ids", "import os\nwhile True:\n    os.fork()"),
    _exhausts(
        "memory_hog", "all memory", "hog = []\nwhile True:\n    hog.append(bytearray(1 << 28))"
    ),
    _exhausts(
        "disk_filler",
        "the whole disk",
        "n = 0\nwhile True:\n    n += 1\n    open(f'f{n}', 'wb').write(bytes(200 << 20))",
    ),
    _exhausts(
        "disk_filler_out_of_sight",
        "the same, in folders deeper than a path may be long",
        "import os, time\nfor _ in range(25):\n    os.mkdir('d' * 200)\n    os.chdir('d' * 200)\n"
        "for n in range(6):\n    open(f'f{n}', 'wb').write(bytes(200 << 20))\n"
        "time.sleep(1.5)\nprint('GOT' 'CHA')",
    ),
    _exhausts("print_flood", "the gradebook's disk", "while True:\n    print('flood ' * 10_000)"),
    _exhausts("burner", "a processor, for ever", "while True:\n    pass"),
    _exhausts(
        "burner_that_ignores_interrupts",
        "the same, deaf to interrupts",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    ),
    _exhausts(
        "threads",
        "threads without number",
        "import threading, time\nfor _ in range(100_000):\n"
        "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    ),
    _exhausts(
        "open_files",
        "all descriptors",
        "files = []\ntry:\n    while True:\n        files.append(open('/dev/null'))\n"
        "except OSError:\n    files.clear()",
    ),
    Attack(
        "hangs_when_asked",
        "the grader's patience",
        double="def double(x):\n    while True: pass",
        quadruple=None,
        earns={"double": 0.0, "quadruple": 0.0},
        dangerous=True,
    ),
]
