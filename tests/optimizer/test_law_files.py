"""Law files that somebody wrote or broke: refused with a reason, or laws that can be used."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from constraints.errors import InputError
from optimizer.laws.law import Circumstances
from optimizer.laws.library import find_record
from optimizer.laws.record import Record

JUNK: tuple[Any, ...] = (None, "x", [], {}, -1, 0, 1e17, True, -1e-300, [1], {"a": 1}, 1e300)
Place = tuple[Any, ...]


def places(value: Any, before: Place = ()) -> Iterator[Place]:
    """Every place of a document, of lists the first only."""
    items = value.items() if isinstance(value, dict) else list(enumerate(value))[:1]
    for key, inner in items:
        yield (*before, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*before, key))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["calibrated", "performance-law-refit", "chinchilla", "calibrated-experts"]
)
def test_a_broken_file_is_refused_or_harmless(name: str) -> None:
    draw = random.Random(name)
    whole = find_record(name).to_json()
    for place in places(json.loads(whole)):
        for junk in draw.sample(JUNK, 3):
            document = json.loads(whole)
            inner = document
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = junk
            try:
                record = Record.from_json(json.dumps(document), "law.json")
                laws = (record.law, *record.drawn[:2])
            except InputError:
                continue
            for law in laws:
                plan = {"num_hidden_layers": 32, "hidden_size": 4096, "intermediate_size": 14336}
                score = law.at(Circumstances(2026.5)).score({**plan, "tokens": 15e12}, 8e9)
                assert abs(float(score)) < 1e15
                record.to_json()


def test_names_of_a_file_are_safe_to_print() -> None:
    document = {**json.loads(find_record("calibrated").to_json()), "name": "\x1b[31mred"}
    assert Record.from_json(json.dumps(document), "law.json").name == "[31mred"
