import json
import math
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.errors import InputError, UnknownNameError
from constraints.models.architecture import Style
from constraints.models.counting import parameters
from optimizer.laws.evidence.accuracy import accuracy, accuracy_near, outside_support, residuals
from optimizer.laws.law import VARIABLES
from optimizer.laws.library import law, law_names

LAW = law("performance-law")
# authors' screenshot: N, h, d, S [1e9], T [1e12], MMLU, budget used
GOLDEN = (
    (62, 4096, 8192, 10.07, 6.5, 71.69, 0.9838),
    (46, 4096, 12288, 10.1, 6.5, 68.75, 0.9871),
    (62, 4096, 8192, 10.07, 6.0, 71.25, 0.9082),
    (47, 4096, 12288, 10.3, 6.0, 68.56, 0.9286),
    (55, 4096, 12288, 11.84, 5.5, 69.78, 0.9788),
)
BUDGET = 376e12 * 1024 * 0.40 * 30 * 86400


def their_parameters(n: int, h: int, d: int) -> int:
    sizes = (n, h, d, h // 128, 8, 128, 150_000)
    names = (
        "num_hidden_layers",
        "hidden_size",
        "intermediate_size",
        "num_attention_heads",
        "num_key_value_heads",
        "head_dim",
        "vocab_size",
    )
    return int(parameters(Style(norm="none")).value(dict(zip(names, sizes, strict=True))))


def score(n: float, h: float, d: float, tokens: float, size: float) -> float:
    return float(LAW.score(dict(zip(VARIABLES, (n, h, d, tokens), strict=False)), size))


@pytest.mark.parametrize(("n", "h", "d", "billions", "trillions", "mmlu", "used"), GOLDEN)
def test_the_authors_five_plans_are_reproduced_to_every_digit(
    n: int, h: int, d: int, billions: float, trillions: float, mmlu: float, used: float
) -> None:
    size = their_parameters(n, h, d)
    assert round(size / 1e9, 2) == billions
    assert round(score(n, h, d, trillions * 1e12, size), 2) == mmlu
    assert round(6 * size * trillions * 1e12 / BUDGET, 4) == used


def test_the_law_is_vectorised() -> None:
    columns = [np.array([row[i] for row in GOLDEN], dtype=float) for i in range(5)]
    values = dict(zip(VARIABLES, [*columns[:3], columns[4] * 1e12], strict=False))
    scores = LAW.score(values, columns[3] * 1e9)
    assert scores == pytest.approx([row[5] for row in GOLDEN], abs=0.02)


def test_tokens_beyond_a_thousand_per_parameter_add_nothing() -> None:
    assert score(32, 4096, 14336, 8e12, 8e9) == score(32, 4096, 14336, 80e12, 8e9)
    assert score(32, 4096, 14336, 7.9e12, 8e9) < score(32, 4096, 14336, 8e12, 8e9)


def test_scores_below_chance_are_chance_and_above_ninety_bend_to_a_hundred() -> None:
    assert score(2, 512, 2048, 1e9, 1e8) == 25.0
    high = float(LAW.index(dict(zip(VARIABLES, (120, 16384, 53248, 1e15), strict=False)), 1e12))
    assert high > 90
    assert score(120, 16384, 53248, 1e15, 1e12) == pytest.approx(
        90 + 10 * math.tanh(0.1 * high - 9)
    )


def test_gamma_counts_depth_more_in_the_instability() -> None:
    # u(γN) with γ = 2 costs 3 times the penalty more than with γ = 1
    values = dict(zip(VARIABLES, (60, 4096, 11008, 1e13), strict=False))
    penalty = 19.09368545 * (60 * (10 / 11008 + 20 / 4096)) ** 2
    loss = float(LAW.index(values, 1e11)) - float(LAW.scaled(2).index(values, 1e11))
    assert loss == pytest.approx(3 * penalty)
    with pytest.raises(InputError, match="gamma must be ≥ 1"):
        LAW.scaled(0)


def test_the_coefficients_are_a_cited_file() -> None:
    text = files("optimizer.laws").joinpath("data/performance-law.json").read_text("utf-8")
    facts = json.loads(text)
    assert "2408.09895" in facts["source"]
    assert sum(facts["coefficients"].values()) == pytest.approx(19.09368545 + 9.195410648934768)


def test_an_unknown_law_lists_those_there_are() -> None:
    assert "performance-law" in law_names()
    with pytest.raises(UnknownNameError, match="nearest: performance-law"):
        law("performans")


@given(st.lists(st.floats(0.0, 1.0), min_size=8, max_size=8), st.floats(0.01, 0.99))
def test_the_index_is_concave_in_the_logarithms(ends: list[float], share: float) -> None:
    low, span = np.log([1, 128, 128, 1e9]), np.log([200, 200, 800, 1e5])
    a, b = low + span * ends[:4], low + span * ends[4:]

    def index(logs: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        return float(LAW.index(dict(zip(VARIABLES, np.exp(logs), strict=False)), 1e15))

    mixed = index(share * a + (1 - share) * b)
    straight = share * index(a) + (1 - share) * index(b)
    assert mixed >= straight - 1e-9 * (1 + abs(straight))


def test_the_error_on_published_models_is_what_the_reference_measured() -> None:
    # reference: 10.6 on the 116 rows with known tokens
    whole = accuracy(residuals(LAW))
    assert whole is not None
    assert (whole.models, round(whole.mean_absolute, 1)) == (116, 10.6)


def test_near_small_old_models_the_law_is_known_to_be_far_off() -> None:
    near = accuracy_near(residuals(LAW), 1.9e9, 1e11)
    assert near is None or near.mean_absolute > 10


def test_nothing_is_said_where_no_model_is_near() -> None:
    assert accuracy_near(residuals(LAW), 1e13, 1e15) is None


def test_what_lies_beyond_published_models_is_named() -> None:
    sizes = {"num_hidden_layers": 150, "hidden_size": 4096, "intermediate_size": 11008}
    said = outside_support(sizes, 30e9, 9e12)
    assert len(said) == 2
    assert said[0].startswith("layers 150 is above every published model's in our data (126)")
    assert said[1].startswith("hidden/layers 27.3 is below")
