"""Some seconds of what `make fuzz` does for a minute."""

import pytest

from tests.fuzz import failures

SECONDS, SEED = 8.0, 3


@pytest.mark.slow
def test_bad_input_made_at_random_ends_in_a_message() -> None:
    *bad, (tally, _, _) = failures(SECONDS, SEED)
    assert not bad
    assert tally.count(",") >= 7  # every kind was tried
