import pytest

from constraints.algebra.units import Range
from constraints.errors import InputError
from scenarios.answers.answer import answer_to
from scenarios.exports.frames import plans_frame
from scenarios.questions.resolve import resolve
from scenarios.questions.scenario import Scenario


def test_a_scenario_can_be_asked_from_python_and_gives_a_table() -> None:
    scenario = Scenario(gpu="h100", gpus=256, days=20, price=2, top=3)
    frame = plans_frame(answer_to(resolve(scenario)))
    assert list(frame.index) == [1, 2, 3]
    assert frame["score"].is_monotonic_decreasing
    assert frame.loc[1, "days"] == pytest.approx(20)
    assert (frame["dollars"] <= 256 * 20 * 24 * 2 * (1 + 1e-9)).all()


def test_an_infeasible_scenario_gives_an_empty_table() -> None:
    answer = answer_to(resolve(Scenario(flops=10**20, tokens=Range(10**12))))
    assert plans_frame(answer).empty
    assert answer.band is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "the budget must be given in one way"),
        ({"flops": 1, "days": 3}, "days and flops are more"),
        ({"flops": 10**20, "mfu": 0.4}, "mfu must be given with gpu"),
        ({"flops": 10**41}, "the budget must be ≤ 1e40 FLOP"),
        ({"flops": 10**22, "layout": {}}, "gpu must be given with layout"),
    ],
)
def test_a_scenario_that_does_not_hang_together_is_refused(
    fields: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        resolve(Scenario(**fields))  # type: ignore[arg-type]
