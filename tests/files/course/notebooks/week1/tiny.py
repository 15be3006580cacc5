# %% [markdown]
# # A tiny notebook
# It doubles numbers.

# %%
import numpy as np

from convwork.course import hidden_tests

# %% nbgrader={"grade": false, "grade_id": "double", "locked": false, "schema_version": 3, "solution": true, "task": false}
def double(x):
    """Twice the array x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_double", "locked": true, "points": 60, "schema_version": 3, "solution": false, "task": false}
assert np.array_equal(double(np.array([1, 2])), [2, 4]), "twice (1, 2) is (2, 4)"
### BEGIN HIDDEN TESTS
hidden_tests("double")
### END HIDDEN TESTS

# %% tags=["show"]
picture = double(np.ones((2, 2)))
print(picture)

# %% nbgrader={"grade": false, "grade_id": "quadruple", "locked": false, "schema_version": 3, "solution": true, "task": false}
def quadruple(x, times=1):
    """Four times x, as often as `times` says; ValueError if `times` is negative."""
    ### BEGIN SOLUTION
    if times < 0:
        raise ValueError("times must not be negative")
    for _ in range(times):
        x = double(double(x))
    return x, times
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_quadruple", "locked": true, "points": 40, "schema_version": 3, "solution": false, "task": false}
assert quadruple(np.array(1))[0] == 4, "four times 1 is 4"
### BEGIN HIDDEN TESTS
hidden_tests("quadruple")
### END HIDDEN TESTS
