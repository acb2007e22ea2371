from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.algebra.units import (
    Range,
    format_count,
    format_flops,
    parse_count,
    parse_days,
    parse_range,
)
from constraints.errors import InputError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("15T", 15 * 10**12),
        ("70B", 70 * 10**9),
        ("70b", 70 * 10**9),
        ("1e25", 10**25),
        ("4e23", 4 * 10**23),
        ("1_000", 1000),
        ("128k", 128_000),
        ("2.7", Fraction(27, 10)),
        ("0.5T", 5 * 10**11),
        (" 7 B ", 7 * 10**9),
        ("8/3", Fraction(8, 3)),
        ("6 / 3", 2),
    ],
)
def test_counts_are_read_exactly(text: str, value: Fraction) -> None:
    assert parse_count(text, "--tokens") == value


@pytest.mark.parametrize(
    "text",
    [
        "15 apples",
        "",
        "NaN",
        "inf",
        "1e999",
        "--3",
        "1.2.3",
        "1e",
        "0x10",
        "٣",
        "9" * 70,
        "1/0",
        "1/-3",
        "8/3k",
    ],
)
def test_what_is_no_count_is_refused_with_field_rule_and_value(text: str) -> None:
    with pytest.raises(InputError, match=r"^--tokens must be ") as error:
        parse_count(text, "--tokens")
    assert error.value.value == text


def test_the_message_says_what_would_be_right() -> None:
    with pytest.raises(InputError) as error:
        parse_count("15 apples", "--tokens")
    assert str(error.value) == (
        "--tokens must be a number with one of the suffixes k, M, B, T, P, got '15 apples'"
    )


@pytest.mark.parametrize(
    ("text", "days"), [("30", 30), ("30d", 30), ("720h", 30), ("4w", 28), ("36 hours", 1.5)]
)
def test_durations_are_days_unless_they_say_otherwise(text: str, days: float) -> None:
    assert parse_days(text, "--days") == days


def test_a_duration_that_could_mean_minutes_or_months_is_refused() -> None:
    with pytest.raises(InputError, match="--days must be a number of days"):
        parse_days("30m", "--days")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("20:100", Range(20, 100)),
        ("20:100:2", Range(20, 100, 2)),
        ("7B:", Range(7 * 10**9)),
        (":15T", Range(None, 15 * 10**12)),
        ("22,30,23", Range(22, 30, None, (22, 23, 30))),
        ("32", Range(32, 32, None, (32,))),
    ],
)
def test_ranges_are_intervals_steps_or_lists(text: str, span: Range) -> None:
    assert parse_range(text, "--layers") == span


@pytest.mark.parametrize("text", [":", "5:3", "1:2:0", "1:2:3:4", "1,,2", "a:b", "1:9:-1"])
def test_ranges_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="--layers"):
        parse_range(text, "--layers")


@pytest.mark.parametrize(
    ("value", "text"),
    [(11_681_632_256, "11.7B"), (9.87e12, "9.87T"), (737_280, "737k"), (56, "56")],
)
def test_counts_are_written_with_three_digits_and_a_suffix(value: float, text: str) -> None:
    assert format_count(value) == text


def test_flops_are_written_in_powers_of_ten() -> None:
    assert format_flops(7.799e23) == "7.80e23"


@given(st.integers(min_value=1, max_value=10**18))
def test_reading_what_was_written_is_within_rounding(value: int) -> None:
    assert float(parse_count(format_count(value), "x")) == pytest.approx(value, rel=5.1e-3)


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_but_never_crashes(text: str) -> None:
    try:
        parse_range(text, "--x")
    except InputError as error:
        assert str(error).startswith("--x")
