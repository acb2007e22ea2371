import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.algebra.log_form import LogForm
from constraints.algebra.posynomial import Posynomial, constant, variable
from constraints.errors import InputError

X, Y = variable("x"), variable("y")
EXPONENTS = st.integers(min_value=-2, max_value=3)
TERMS = st.dictionaries(
    st.tuples(EXPONENTS, EXPONENTS),
    st.integers(min_value=1, max_value=1000),
    min_size=1,
    max_size=4,
)
SIZES = st.integers(min_value=1, max_value=10**6)


def posynomial(terms: dict[tuple[int, int], int]) -> Posynomial:
    return sum((c * X**a * Y**b for (a, b), c in terms.items()), start=constant(0))


@given(TERMS, TERMS, SIZES, SIZES)
def test_sums_and_products_evaluate_to_sums_and_products(
    p: dict[tuple[int, int], int], q: dict[tuple[int, int], int], x: int, y: int
) -> None:
    at = {"x": x, "y": y}
    a, b = posynomial(p), posynomial(q)
    assert (a + b).value(at) == a.value(at) + b.value(at)
    assert (a * b).value(at) == a.value(at) * b.value(at)


@given(TERMS, SIZES, SIZES)
def test_fixing_a_variable_leaves_the_value_as_it_is(
    terms: dict[tuple[int, int], int], x: int, y: int
) -> None:
    whole = posynomial(terms)
    assert whole.fixed({"x": x}).value({"y": y}) == whole.value({"x": x, "y": y})


def test_values_stay_whole_numbers_far_beyond_floats() -> None:
    assert (3 * X**2 * Y + 1).value({"x": 10**12, "y": 10**12}) == 3 * 10**36 + 1


def test_ratios_are_exact() -> None:
    assert (X / Y).value({"x": 11008, "y": 4096}) == Fraction(43, 16)


def test_a_negative_coefficient_is_refused() -> None:
    with pytest.raises(InputError, match="coefficient must be > 0"):
        X * -1


def test_only_a_monomial_divides() -> None:
    with pytest.raises(InputError, match="must be ≥ 0 for more than one term"):
        X / (X + Y)


@given(st.lists(TERMS, min_size=1, max_size=3), st.lists(SIZES, min_size=4, max_size=4))
def test_box_corners_hold_every_point_between(
    many: list[dict[tuple[int, int], int]], ends: list[int]
) -> None:
    form = LogForm([posynomial(terms) for terms in many], ("x", "y"))
    low = np.log([[min(ends[:2]), min(ends[2:])]])
    high = np.log([[max(ends[:2]), max(ends[2:])]])
    least, greatest = form.corners(low, high)
    for share in (0.0, 0.3, 1.0):
        inside = form.values(low + share * (high - low))
        assert np.all(inside >= least - 1e-9)
        assert np.all(inside <= greatest + 1e-9)


@given(st.lists(TERMS, min_size=1, max_size=3), st.data())
def test_posynomials_that_are_there_twice_have_their_values_twice(
    many: list[dict[tuple[int, int], int]], data: st.DataObject
) -> None:
    several = [posynomial(terms) for terms in many]
    chosen = data.draw(st.lists(st.sampled_from(several), min_size=1, max_size=6))
    points = [data.draw(st.tuples(SIZES, SIZES)) for _ in range(3)]
    found = LogForm(chosen, ("x", "y")).values(np.log(np.array(points, dtype=float)))
    told = [[float(p.value({"x": x, "y": y})) for p in chosen] for x, y in points]
    assert np.exp(found) == pytest.approx(np.array(told), rel=1e-9)


@given(TERMS, SIZES, SIZES)
def test_gradients_match_finite_differences(
    terms: dict[tuple[int, int], int], x: int, y: int
) -> None:
    form = LogForm([posynomial(terms)], ("x", "y"))
    at, step = np.log([[float(x), float(y)]]), 1e-5
    gradient = form.values_and_gradients(at)[1][0, 0]
    for axis in range(2):
        shift = np.eye(2)[axis] * step
        slope = (form.values(at + shift) - form.values(at - shift))[0, 0] / (2 * step)
        assert gradient[axis] == pytest.approx(slope, abs=1e-4)


@given(TERMS, SIZES, SIZES)
def test_a_ratio_of_whole_numbers_is_the_value(
    terms: dict[tuple[int, int], int], x: int, y: int
) -> None:
    p, at = posynomial(terms) * Fraction(2, 7), {"x": x, "y": y}
    above, below = p.ratio(at)
    assert below > 0
    assert Fraction(above, below) == p.value(at)


def test_what_is_left_beside_numbers_is_one_monomial_or_more() -> None:
    assert (X * Y + X).is_monomial_beside({"y"})
    assert not (X * Y + X).is_monomial_beside({"x"})
    assert not constant(0).is_monomial_beside(set())


def test_one_posynomial_over_single_terms_is_their_quotient() -> None:
    names, p, others = ("x", "y"), 2 * X * Y + 3 * Y * Y, [5 * X + Y, 7 * X**-1]
    found = LogForm.quotients(LogForm([p], names), LogForm(others, names))
    told = LogForm([p / Posynomial((term,)) for q in others for term in q.terms], names)
    logs = np.log([[2.0, 3.0], [5.0, 0.5]])
    assert found.values(logs) == pytest.approx(told.values(logs))
    assert found.spread == pytest.approx(told.spread)


def test_one_end_of_boxes_is_the_corner_that_was_asked_for() -> None:
    form = LogForm([X * Y + 2 * Y, X * Y**-1, X + X * X], ("x", "y"))
    low, high = np.log([[1.0, 2.0], [3.0, 4.0]]), np.log([[2.0, 5.0], [3.0, 4.0]])
    least, greatest = form.corners(low, high)
    found = form.ends(low, high, (True, False, True))
    assert found == pytest.approx(np.where([True, False, True], least, greatest))


def test_a_posynomial_goes_to_other_processes_without_its_hash() -> None:
    assert hash(X * Y) == hash(Y * X)
    sent = pickle.loads(pickle.dumps(X * Y))
    assert vars(sent) == {"terms": (X * Y).terms}
    assert sent == X * Y
