"""Submissions to the tiny course that try for points they have not earned, or for harm.

`ALL` holds every attack. In the code of an attack stand the names of things that the test sets
up: COURSE, OUTSIDE (folders), TCP_PORT, UDP_PORT, UNIX_SOCKET, ABSTRACT_SOCKET and BYSTANDER (a
process id).
"""

from attacks import (
    answers,
    archives,
    display,
    exhaustion,
    files,
    forgery,
    messages,
    network,
    processes,
)
from attacks.attack import Attack

FAMILIES: dict[str, list[Attack]] = {
    "Forging scores": forgery.ATTACKS,
    "Lying answers": answers.ATTACKS,
    "Poisoned archives": archives.ATTACKS,
    "Messages and files that are none": messages.ATTACKS,
    "Reading and writing": files.ATTACKS,
    "Network": network.ATTACKS,
    "Other processes": processes.ATTACKS,
    "Exhaustion": exhaustion.ATTACKS,
    "The instructor's browser": display.ATTACKS,
}
ALL = [attack for attacks in FAMILIES.values() for attack in attacks]
