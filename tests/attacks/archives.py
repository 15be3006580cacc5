"""Attacks on the reader of answers: what comes in the place of a clean npz file."""

from attacks.attack import Attack


def _sends(name: str, tries: str, build: str) -> Attack:
    """An attack in whose kernel every answer is the bytes that `build` leaves in `data`."""
    code = f"""
import base64, io, json, pickle, struct, zipfile, zlib
import numpy as np, convwork.answers as answers
def tree(*arrays, nodes=None, **members):
    file = io.BytesIO()
    nodes = json.dumps(nodes or ["dict", [["answers", ["list", [["array", 0]] * 2]],
                       ["modified", ["value", False]], ["error", ["value", None]]]])
    np.savez(file, tree=np.frombuffer(nodes.encode(), np.uint8),
             **{{str(i): a for i, a in enumerate(arrays)}}, **members)
    return file.getvalue()
def header(shape, descr="<f8", body=b""):
    text = str({{"descr": descr, "fortran_order": False, "shape": shape}}).encode()
    text += b" " * (63 - (10 + len(text)) % 64) + b"\\n"
    return b"\\x93NUMPY\\x01\\x00" + struct.pack("<H", len(text)) + text + body
def archive(member, compress=zipfile.ZIP_DEFLATED):
    file = io.BytesIO(tree(np.zeros(1)))
    kept = zipfile.ZipFile(file).read("tree.npy")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compress) as out:
        out.writestr("tree.npy", kept)
        out.writestr("0.npy", member)
    return file.getvalue()
{build}
encoded = base64.b64encode(data).decode() if isinstance(data, bytes) else data
answers.answer = lambda request: answers._Reply(encoded)
"""
    return Attack(name, tries, first=code)


_RUNS = """
class Bomb:
    def __reduce__(self):
        return (exec, ("open('OUTSIDE/pickled', 'w').write('x')",))
"""

ATTACKS = [
    _sends(
        "pickled_objects",
        "an object array, which runs code where it is read",
        _RUNS + "data = tree(np.array([Bomb()], dtype=object))",
    ),
    _sends(
        "bare_pickle", "a pickle in the place of the archive", _RUNS + "data = pickle.dumps(Bomb())"
    ),
    _sends(
        "member_that_is_a_pickle",
        "a pickle in the place of an array",
        _RUNS + "data = archive(pickle.dumps(Bomb()))",
    ),
    _sends(
        "huge_shape", "a header that promises 8 exabytes", "data = archive(header((10**9, 10**9)))"
    ),
    _sends("negative_shape", "a header with a negative size", "data = archive(header((-1, 3)))"),
    _sends(
        "zip_bomb",
        "an archive that grows to 2 GB",
        "data = archive(header((2**28,), '<f8', bytes(2**27)))",
    ),
    _sends(
        "a_million_members",
        "an archive with very many members",
        "data = tree(np.zeros(1), **{f'm{i}': np.zeros(0) for i in range(3000)})",
    ),
    _sends(
        "deep_json",
        "nodes that are nested very deep",
        "data = tree(np.zeros(1), nodes=0) if False else archive(header((1,), '<f8', bytes(8)))\n"
        "text = ('[' * 100_000 + ']' * 100_000).encode()\n"
        "file = io.BytesIO()\nnp.savez(file, tree=np.frombuffer(text, np.uint8))\ndata = file.getvalue()",
    ),
    _sends(
        "code_in_the_header",
        "a header that is an expression",
        "data = archive(header('__import__(\"os\").getpid()'))",
    ),
    _sends(
        "object_dtype_in_the_header",
        "a header of objects",
        "data = archive(header((1,), '|O', b'x' * 64))",
    ),
    _sends(
        "twice_the_same_member",
        "two members of one name",
        "data = archive(header((2, 3), '<f8', bytes(48))) * 2",
    ),
    _sends("a_hundred_megabytes", "more text than a message may hold", "data = 'A' * (100 << 20)"),
    _sends("not_base64", "text that encodes nothing", "data = '%%%% not base64 %%%%'"),
]
