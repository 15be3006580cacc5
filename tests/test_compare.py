"""The comparison of two answers: what counts as right, and what the message may say."""

import itertools
import re
from typing import Any

import numpy as np
import pytest

from convwork.grading.compare import difference
from convwork.grading.verdicts import Kind
from convwork.trees import Foreign

TOLERANCES = (1e-5, 1e-7)
F32 = np.float32

ACCEPTED: list[tuple[Any, Any]] = [
    (3, 3),
    (3, np.int32(3)),
    (3, np.array(3, np.uint8)),
    (3.0, 3),
    (2.5, 2.5000001),
    (2.5, F32(2.5)),
    (2.5, np.array(2.5)),
    (np.array(2.5), 2.5),
    (0.0, 1e-8),
    (True, np.bool_(True)),
    (True, np.array(True)),
    (10**30, 10**30),
    (2**63, np.uint64(2**63)),
    ("same", "same"),
    (None, None),
    (np.inf, np.inf),
    ((1, 2.5), [1, 2.5]),
    ([1, 2.5], (np.int64(1), F32(2.5))),
    ([1, 2, 3], np.array([1, 2, 3])),
    (([1, 2], 3), ((1, 2), 3)),
    ((), []),
    ({"a": 1, "b": [2]}, {"b": (2,), "a": 1}),
    (np.arange(6.0).reshape(2, 3), np.arange(6).reshape(2, 3)),
    (np.arange(6).reshape(2, 3), np.arange(6.0).reshape(2, 3)),
    (np.full(3, 1 / 3), np.full(3, F32(1 / 3))),
    (np.array([True, False]), np.array([True, False])),
    (np.zeros((0, 3)), np.zeros((0, 3))),
    (np.array([1.0, -np.inf]), np.array([1.0, -np.inf])),
]

REFUSED: list[tuple[Any, Any, str]] = [
    (3, 4, "answer is 4, too large"),
    (3, 3.0, "want an integer, got a float"),
    (3, True, "want an integer, got a boolean"),
    (3.0, True, "want a float, got a boolean"),
    (True, 1, "want a boolean, got an integer"),
    (True, False, "answer is False, wrongly"),
    (200_000, 200_001, "too large"),
    (200_000, np.int64(199_999), "too small"),
    (2.5, 2.501, "answer is 2.501, too large"),
    (2.5, -2.5, "answer is -2.5, of the wrong sign"),
    (2.5, 0, "answer is 0, too small"),
    (2.5, np.full((1, 1, 1), 2.5), "want a float, got an array of shape (1, 1, 1) (float64)"),
    (2.5, [2.5], "want a float, got a list of 1"),
    (2.5, "2.5", "want a float, got a string"),
    (2.5, None, "want a float, got None"),
    (2.5, Foreign("Model"), "want a float, got an object of type Model"),
    (2.5, np.nan, "not a finite number"),
    (2.5, -np.inf, "not a finite number"),
    (3, 10**400, "too large"),
    (3, -(10**400), "of the wrong sign"),
    (2.5, 10**400, "too large"),
    (10**400, 3, "answer is 3, too small"),
    (10**30, 10**31, "too large"),
    (np.inf, 1.0, "too small"),
    (np.nan, 1.0, "answer is"),
    (None, 0, "want None, got an integer"),
    ("same", "valid", "answer: another string was wanted"),
    ("same", 1, "want a string, got an integer"),
    (Foreign("Model"), "Model", "answer: another string was wanted"),
    (Foreign("Model"), None, "want an object of type Model, got None"),
    ((1, 2), (1, 2, 3), "want a tuple of 2, got a tuple of 3"),
    ((1, 2), 1, "want a tuple of 2, got an integer"),
    ((1, 2), np.array([[1, 2]]), "want a tuple of 2, got an array of shape (1, 2)"),
    ((1, 2), (1, 5), "answer[1] is 5, too large"),
    ((1, [2.0, np.ones(2)]), (1, [2.0, np.zeros(2)]), "answer[1][1]: the first value"),
    ({"a": 1}, {"b": 1}, "want a dict with 'a', got a dict with 'b'"),
    ({"a": 1}, {}, "got a dict with no keys"),
    ({"a": 1}, [1], "want a dict with 'a', got a list of 1"),
    ({"a": {"b": 1}}, {"a": {"b": 2}}, "answer['a']['b'] is 2, too large"),
    (np.ones((2, 3)), np.ones((3, 2)), "want an array of shape (2, 3) (float64), got an array"),
    (np.ones(3), np.ones((3, 1)), "got an array of shape (3, 1)"),
    (np.ones(3), [1.0, 1.0, 1.0], "want an array of shape (3,) (float64), got a list of 3"),
    (np.ones(1), 1.0, "got a float"),
    (np.ones(2), np.array([True, True]), "got an array of shape (2,) (bool)"),
    (np.array([True, True]), np.ones(2), "want an array of shape (2,) (bool)"),
    (np.array([True, True]), np.array([True, False]), "at [1], is False, wrongly; 1 of 2"),
    (np.ones((2, 2)), np.array([[1, 1], [1, np.nan]]), "at [1, 1], is not a finite number"),
    (np.ones(4), np.array([1.0, 1.0, 1.1, 0]), "at [2], is 1.1, too large; 2 of 4 values differ"),
    (np.array([10**6]), np.array([10**6 + 1]), "too large; 1 of 1"),
    (np.full(2, 1 / 3), np.full(2, np.float16(1 / 3)), "2 of 2 values differ"),
    (np.array([1, 2], np.uint8), np.array([-1, 2]), "at [0], is -1, of the wrong sign"),
]


@pytest.mark.parametrize(("want", "got"), ACCEPTED, ids=repr)
def test_the_same_value_in_another_form_is_right(want: Any, got: Any) -> None:
    assert difference(want, got, TOLERANCES) is None


@pytest.mark.parametrize(("want", "got", "says"), REFUSED, ids=lambda value: repr(value)[:40])
def test_another_value_or_form_is_wrong_and_is_told(want: Any, got: Any, says: str) -> None:
    found = difference(want, got, TOLERANCES)
    assert found is not None
    assert says in found.told()


@pytest.mark.parametrize(
    ("want", "got", "kind"),
    [
        (3, 3.0, Kind.WRONG_TYPE),
        (np.ones(3), [1.0, 1.0, 1.0], Kind.WRONG_TYPE),
        (np.ones(2), np.array([True, True]), Kind.WRONG_TYPE),
        (2.5, np.full((1, 1), 2.5), Kind.WRONG_TYPE),
        (np.ones(3), np.ones((3, 1)), Kind.WRONG_SHAPE),
        ((1, 2), (1, 2, 3), Kind.WRONG_SHAPE),
        ({"a": 1}, {"b": 1}, Kind.WRONG_SHAPE),
        ((1, np.ones(2)), (1, np.ones(3)), Kind.WRONG_SHAPE),
        (3, 4, Kind.WRONG_VALUES),
        ("same", "valid", Kind.WRONG_VALUES),
        (np.ones(2), np.array([1.0, 2.0]), Kind.WRONG_VALUES),
        (2.5, np.nan, Kind.NOT_FINITE),
        (np.ones(2), np.array([1.0, np.inf]), Kind.NOT_FINITE),
    ],
)
def test_a_difference_has_a_kind(want: Any, got: Any, kind: Kind) -> None:
    found = difference(want, got, TOLERANCES)
    assert found is not None
    assert found.kind == kind


def test_tolerances_are_those_of_allclose() -> None:
    want = np.array([1000.0, 0.0])
    for step in (np.array([0.9, 0.009]), np.array([1.1, 0.0]), np.array([0.0, 0.011])):
        close = np.allclose(want + step, want, rtol=1e-3, atol=1e-2)
        assert (difference(want, want + step, (1e-3, 1e-2)) is None) == close


@pytest.mark.parametrize(
    ("want", "got", "right"),
    [
        (1.5, 99.0, True),
        (np.ones((2, 2)), np.zeros((2, 2)), True),
        ("a", "b", True),
        ((1, "a"), (2, "b"), True),
        (1.5, np.nan, False),
        (np.ones(2), np.array([0, np.inf]), False),
        (1.5, "a", False),
        (3, 3.5, False),
        (np.ones((2, 2)), np.zeros(4), False),
        ({"a": 1.0}, {"b": 1.0}, False),
    ],
)
def test_the_form_alone_can_be_compared(want: Any, got: Any, right: bool) -> None:
    assert (difference(want, got, TOLERANCES, values=False) is None) == right


SECRETS: list[Any] = [-91.8273645, 0.0918273645, 9182736, "9182736", np.float32(91.827)]
WRONG: list[Any] = [
    *(1.0, -1.0, 0, 7, True, None, "", "x", (), [1], {}, np.inf, np.nan, 10**400),
    *(np.ones(1), np.zeros((2, 2)), np.ones((2, 2), bool), np.ones((2, 2), int), Foreign("Model")),
]


@pytest.mark.parametrize("secret", SECRETS, ids=repr)
def test_no_message_holds_a_wanted_value(secret: Any) -> None:
    forms: list[Any] = [secret, (secret,), [secret, secret], {"key": secret}]
    if not isinstance(secret, str):
        forms += [np.full((2, 2), secret), np.array([secret])]
    others = [*WRONG, *((value,) for value in WRONG), *({"key": value} for value in WRONG)]
    told = 0
    for want, got in itertools.product(forms, others):
        found = difference(want, got, TOLERANCES)
        assert found is not None
        told += 1
        assert not re.search("9182|91\\.8|0918", found.told()), found
    assert told == len(forms) * len(others)
