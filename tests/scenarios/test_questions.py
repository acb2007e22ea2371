"""What was asked can be said again in the same words, and resolves once."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constraints.errors import InputError
from scenarios.answers.answer import answer_to
from scenarios.answers.dense_or_experts import both_searched
from scenarios.questions import law_choice
from scenarios.questions.reading import question_of_given
from scenarios.questions.resolve import resolve
from scenarios.questions.scenario import Scenario
from scenarios.questions.spelling import text_of, values_of_keywords
from scenarios.questions.trade_off import TradeOff
from scenarios.vocabulary.name_readers import Choice, Choices
from scenarios.vocabulary.quantity import Quantity
from scenarios.vocabulary.vocabulary import ACTIONS, asked_by

TEXTS = {
    "count": ["1", "30", "2.50", "7e5", "4e23", "0.5T", "1_000", "15B"],
    "days": ["30", "30d", "720h", "4w", "8h"],
    "range": ["32", "20:100", "20:100:2", "22,23,30", "32,64"],
    "low:high": ["2.5:4", "7B:70B", "1T:", ":15T", "70B"],
    "amount or low:high": ["1e5:5e6", "7e5"],
    "days or low:high": ["10:60", "30", "720h"],
    "number": ["80", "-221.715", "75.5"],
    "yyyy-mm": ["2027-03", "2026"],
    "tokens": ["8k", "8192", "1000"],
    "share": ["0.4", "40%", ".33"],
    "auto|tp=8,pp=4": ["auto", "tp=8,pp=4", "tp=2,ep=8", "tp=4,vp=2,fsdp,recompute=full"],
    "DAYS": ["10d", "cooldown=3d,long-context=4d", "0"],
    "NAME": ["h100-sxm", "performance-law"],
    "RATE@MODEL": ["9500@llama-3-8b"],
    "PATH": ["mine.csv"],
}
"""Texts of every reader, in spellings that people use."""


def texts_of(quantity: Quantity, action: str) -> st.SearchStrategy[str]:
    reader = quantity.reader_in(action)
    if isinstance(reader, Choice):
        return st.sampled_from(reader.names)
    if isinstance(reader, Choices):
        several = st.lists(st.sampled_from(reader.names), min_size=1)
        return several.map(",".join)
    found = []
    for text in TEXTS[reader.metavar]:
        try:
            reader.read(text)
        except InputError:
            continue
        found.append(text)
    return st.sampled_from(found)


@st.composite
def given_options(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """An action and options that ask it something, whether or not that makes sense."""
    action = draw(st.sampled_from(ACTIONS))
    said: dict[str, str] = {}
    for field, quantity in asked_by(action).items():
        needed = field in ("score", "flops")
        if field in ("days", "gpu_hours", "cost") or not (needed or draw(st.booleans())):
            continue
        if quantity.is_flag:
            sides = [quantity.option, *filter(None, [quantity.negative_option])]
            said[draw(st.sampled_from(sides))] = ""
        else:
            said[quantity.option] = draw(texts_of(quantity, action))
    if action == "pareto":
        said |= {"--x": "flops", "--points": "5"}
    return action, said


@pytest.mark.slow
@given(given_options())
@settings(max_examples=300, deadline=None)
def test_a_question_is_read_back_from_what_it_says(asked: tuple[str, Mapping[str, str]]) -> None:
    action, said = asked
    question = question_of_given(action, said)
    assert question.given == said
    assert question_of_given(action, question.given) == question


@pytest.mark.slow
@given(given_options())
@settings(max_examples=200, deadline=None)
def test_a_question_says_the_same_without_the_words_it_was_asked_in(
    asked: tuple[str, Mapping[str, str]],
) -> None:
    action, said = asked
    question = question_of_given(action, said)
    scenario = question if isinstance(question, Scenario) else question.scenario
    object.__setattr__(scenario, "spelling", {})
    assert question_of_given(action, question.given) == question


def test_a_changed_value_is_never_told_in_the_old_words() -> None:
    from dataclasses import replace

    scenario = question_of_given("plan", {"--days": "4w", "--gpus": "64", "--gpu": "h100-sxm"})
    assert isinstance(scenario, Scenario)
    assert scenario.given["--days"] == "4w"
    assert replace(scenario, days=29).given["--days"] == "29"


@pytest.mark.parametrize(
    ("value", "text"),
    [(30, "30"), (0.33, "0.33"), ("1T:15T", "1T:15T"), ([32, 40], "32,40"), ({"tp": 8}, "tp=8")],
)
def test_a_keyword_may_be_a_number_text_or_a_list(value: Any, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"gpuz": 3}, r"gpuz must be a keyword of plan \(nearest: gpu, gpus\)"),
        ({"days": object()}, "days must be a number, text, a list or a range"),
        ({"moe": "yes"}, "moe must be True or False, got 'yes'"),
        ({"days": float("nan")}, "days must be a number of days"),
        ({"gpus": True}, "gpus must be a number, text"),
    ],
)
def test_a_keyword_that_can_not_be_read_is_named(keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        values_of_keywords("plan", keywords)


def test_a_range_of_a_budget_goes_only_with_a_trade_off_in_it() -> None:
    with pytest.raises(InputError, match="flops must be one amount, unless it is traded off"):
        question_of_given("pareto", {"--flops": "1e22:1e23", "--x": "params"})
    front = question_of_given("pareto", {"--flops": "1e22:1e23"})
    assert isinstance(front, TradeOff)
    assert front.costs == ("flops",)


def test_the_clock_is_read_once_for_a_question_of_both_kinds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads = []

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Clock:
            reads.append(tz)
            return cls(2026, 11, 26, tzinfo=tz)

    monkeypatch.setattr(law_choice.datetime, "datetime", Clock)
    both_searched(Scenario(flops=10**21, moe=True, space="wide", layers=None))
    assert len(reads) == 1


def test_a_table_of_anchors_is_read_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    table = tmp_path / "mine.csv"
    table.write_text(
        "layers,hidden_size,intermediate_size,tokens_t,mmlu_5shot\n32,4096,11008,2,52\n"
    )
    read = law_choice.read_models
    calls = []

    def counted(*arguments: Any) -> Any:
        calls.append(arguments)
        return read(*arguments)

    monkeypatch.setattr(law_choice, "read_models", counted)
    scenario = Scenario(flops=10**22, law="calibrated", anchor=str(table))
    assert answer_to(resolve(scenario)).plans
    assert len(calls) == 1
