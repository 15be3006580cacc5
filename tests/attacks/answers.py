"""Attacks by what a function returns: objects that lie about what they are."""

from attacks.attack import Attack

_LIES = {
    "equal_to_everything": (
        "an object that is equal to everything",
        "class Liar:\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n"
        "    def __hash__(self): return 0",
        "Liar()",
    ),
    "array_in_name_only": (
        "an object that says that it is an array",
        "class Liar:\n    __class__ = np.ndarray\n    shape = (2, 3)\n    dtype = np.dtype(float)\n"
        "    def __eq__(self, other): return True",
        "Liar()",
    ),
    "array_that_changes": (
        "an object that becomes another array each time that it is read",
        "class Liar:\n    n = 0\n    def __array__(self, dtype=None, copy=None):\n"
        "        Liar.n += 1\n        return np.full((2, 3), Liar.n, dtype=float)",
        "Liar()",
    ),
    "lies_about_its_length": (
        "a list that says that it is empty",
        "class Liar(list):\n    def __len__(self): return 0\n    def __eq__(self, other): return True\n"
        "    def __iter__(self): return iter(())",
        "Liar([1, 2, 3])",
    ),
    "array_subclass": (
        "an array whose comparisons and functions all say yes",
        "class Liar(np.ndarray):\n    def __eq__(self, other): return np.ones(self.shape, bool)\n"
        "    def __array_ufunc__(self, *a, **k): return np.True_\n"
        "    def __array_function__(self, *a, **k): return True\n"
        "    def __array_finalize__(self, obj): pass",
        "np.zeros(np.shape(x)).view(Liar)",
    ),
    "float_subclass": (
        "a number that is equal to all numbers",
        "class Liar(float):\n    def __eq__(self, other): return True\n    def __sub__(self, other): return 0.0\n"
        "    def __rsub__(self, other): return 0.0\n    def __abs__(self): return 0.0",
        "Liar(0)",
    ),
    "masked": ("a masked array, in which nothing can differ", "", "np.ma.masked_all(np.shape(x))"),
    "not_a_number": ("NaN everywhere", "", "np.full(np.shape(x), np.nan)"),
    "infinite": ("infinity everywhere", "", "np.full(np.shape(x), np.inf)"),
    "complex": ("a complex array", "", "np.asarray(x) * 2j"),
    "object_array": ("an array of objects", "", "np.full(np.shape(x), object(), dtype=object)"),
    "structured_array": (
        "a structured array",
        "",
        'np.zeros(np.shape(x), dtype=[("value", float), ("score", float)])',
    ),
    "numbers_as_text": ("numbers as text", "", "np.array(2 * np.asarray(x), dtype=str)"),
    "endless": (
        "an answer without end",
        "def endless():\n    while True:\n        yield 1",
        "endless()",
    ),
    "contains_itself": ("a list that contains itself", "me = []\nme.append(me)", "me"),
    "enormous_shape": (
        "an array of 8 TB that takes no memory",
        "",
        "np.broadcast_to(0.0, (10**6, 10**6))",
    ),
    "verdict_in_the_place_of_an_answer": (
        "a dict that looks like the grader's verdict",
        "",
        '{"score": 60.0, "passed": True, "answers": [1], "error": None}',
    ),
    "steals_its_input": ("the input, unchanged, as the answer", "", "x"),
}

ATTACKS = [
    Attack(
        name,
        tries,
        first=f"import numpy as np\n{setup}",
        double=f"def double(x):\n    return {value}",
        quadruple=f"def quadruple(x, times=1):\n    return {value}",
    )
    for name, (tries, setup, value) in _LIES.items()
] + [
    Attack(
        "replaces_itself",
        "a function that is another one after its first call",
        double="""
def double(x):
    global double
    double = lambda x: 3 * x
    return None
""",
    ),
    Attack(
        "exception_with_an_opinion",
        "an error whose type says that it is the wanted one",
        double="""
class Wanted(ValueError, NotImplementedError):
    __class__ = ValueError
    def __str__(self): return "score 60"
def double(x):
    raise Wanted()
""",
        quadruple="def quadruple(x, times=1):\n    raise ValueError('times must not be negative')",
    ),
    Attack(
        "later_cell_changes_an_earlier_exercise",
        "points by a right function, and another one for those who read the notebook",
        last="double = lambda x: None",
        double=None,
        quadruple=None,
        earns={"double": 60.0, "quadruple": 40.0},
    ),
]
