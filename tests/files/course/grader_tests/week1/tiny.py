"""Hidden cases of the tiny notebook."""

from convwork.grading.cases import Case, Exercise, Misconception

exercises = [
    Exercise(
        "double",
        outputs=("y",),
        cases=(
            Case("floats", lambda rng: (rng.normal(size=(2, 3)),), time_limit=2),
            Case("integers", lambda rng: (rng.integers(3, 9, size=4),), time_limit=2),
            Case("one number", lambda rng: (float(rng.uniform(2, 3)),), time_limit=2),
        ),
        misconceptions=(
            Misconception("square", "Twice is not the square.", {"2 * x": "x * x"}),
            Misconception("half", "Twice is not a half.", {"2 * x": "x / 2"}),
        ),
    ),
    Exercise(
        "quadruple",
        outputs=("y", "times"),
        uses=("double",),
        cases=(
            Case("once", lambda rng: (rng.normal(size=(2, 2)),), time_limit=2),
            Case("twice", lambda rng: (rng.normal(size=3),), options={"times": 2}, time_limit=2),
            Case("never", lambda rng: (rng.normal(size=3), 0), time_limit=2),
            Case(
                "a negative number of times",
                lambda rng: (1.0, -1),
                raises=ValueError,
                time_limit=2,
            ),
        ),
        misconceptions=(
            Misconception(
                "twice only",
                "You double once where twice is wanted.",
                {"double(double(x))": "double(x)"},
            ),
        ),
    ),
]
