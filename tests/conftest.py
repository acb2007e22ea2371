from __future__ import annotations

import pytest
from hypothesis import settings

from tests.lanes import LANES, kept

settings.register_profile("flopwise", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("flopwise")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--lane", choices=LANES, default="usual", help="how many of the tests to run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    taken = kept(items, config.getoption("--lane"))
    left = set(items) - set(taken)
    if left:
        config.hook.pytest_deselected(items=list(left))
        items[:] = taken
