"""The law of a question: by name or file, at a date, moved to one's own models."""

from __future__ import annotations

import datetime
from pathlib import Path

from constraints.errors import InputError
from constraints.published.model_table import read_models, year_of
from optimizer.laws.law import Circumstances
from optimizer.laws.library import find_record
from optimizer.laws.record import Record
from optimizer.laws.table import ModelTable

__all__ = ["DENSE_LAW", "EXPERTS_LAW", "circumstances_of", "law_record", "this_month"]

DENSE_LAW = "performance-law"
EXPERTS_LAW = "calibrated-experts"
"""Laws that score if none is named: of dense models, and where there are mixtures of experts."""


def this_month() -> str:
    """Now, as 2027-03."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m")


def circumstances_of(date: str | None, gated: bool = True) -> Circumstances:
    """Those of a model that comes out at a date, now if None; gated: its FFN."""
    return Circumstances(year_of(date or this_month()), gated)


def law_record(name: str, anchor: str | None, circumstances: Circumstances) -> Record:
    """A law with what is known of it. Raises InputError.

    anchor: the path of a table of one's own models, which move the law.
    """
    record = find_record(name)
    if anchor is None:
        return record
    if record.anchoring is None:
        rule = "needs a law that knows how labs differ: --law calibrated"
        raise InputError("--anchor", rule, name)
    from optimizer.calibration.anchors import anchored  # brings SciPy

    models = read_models(Path(anchor), this_month())
    if not models:
        raise InputError("--anchor", "must hold one model at least", anchor)
    return anchored(record, ModelTable.of(models), circumstances.release)
