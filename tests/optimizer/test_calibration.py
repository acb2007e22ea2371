"""Laws fitted to models: what ships is what the data give, and errors are those out of sample."""

import json
import math
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.errors import InputError
from constraints.published.published_models import published_dense
from optimizer.calibration.anchors import anchored, anchoring_of, offsets
from optimizer.calibration.calibrate import calibrated_record, evidence_of
from optimizer.calibration.fit import bootstrap, fit
from optimizer.calibration.intervals import covered, regimes_of
from optimizer.calibration.refit import fitted_to
from optimizer.calibration.shipped import shipped_records
from optimizer.calibration.validation import folds, left_out
from optimizer.laws.evidence.breakdown import breakdown
from optimizer.laws.forms.calibrated import calibrated_form
from optimizer.laws.law import Circumstances, Law, Term
from optimizer.laws.library import find_record, law_names
from optimizer.laws.record import Record
from optimizer.laws.response import Bent, Logistic, NegativeLoss, Response
from optimizer.laws.table import ModelTable

TABLE = ModelTable.of(published_dense())
CALIBRATED = find_record("calibrated")
NOW = Circumstances(2026.5)


@pytest.mark.slow
def test_what_ships_is_what_its_sources_and_the_data_give() -> None:
    made = {record.name: record for record in shipped_records()}
    assert tuple(sorted(made)) == law_names()
    for name, record in made.items():
        shipped = find_record(name)
        assert dict(shipped.coefficients) == pytest.approx(dict(record.coefficients), rel=1e-4)
        assert shipped.source == record.source
        evidence, known = record.trust.evidence, shipped.trust.evidence
        if evidence is None:
            assert known is None
            continue
        assert known is not None
        assert known.mean_absolute == pytest.approx(evidence.mean_absolute, abs=0.02)
        assert known.by_choice == pytest.approx(evidence.by_choice, abs=0.05)
        assert len(shipped.draws) == pytest.approx(len(record.draws), abs=2)


def test_the_calibrated_law_reaches_its_figures_out_of_sample() -> None:
    evidence, anchoring = CALIBRATED.trust.evidence, CALIBRATED.anchoring
    assert evidence is not None
    assert anchoring is not None
    assert (evidence.rows, evidence.organisations) == (116, 31)
    assert evidence.mean_absolute <= 6.0
    assert abs(evidence.bias) <= 0.5
    assert 0.85 <= evidence.coverage <= 0.95
    assert anchoring.mean_absolute <= 4.3 < anchoring.without
    published = find_record("performance-law").trust.evidence
    assert published is not None
    assert round(published.mean_absolute, 1) == 10.6  # as the reference measured


def test_one_law_for_both_kinds_reaches_its_figures_and_serves_dense_models_no_worse() -> None:
    groups = {
        name: {group.label: group for group in breakdown(find_record(name).trust.unseen)["kind"]}
        for name in ("calibrated", "calibrated-experts")
    }
    experts, dense = (groups["calibrated-experts"][kind] for kind in ("of experts", "dense"))
    assert (experts.models, dense.models) == (18, 116)
    assert experts.mean_absolute <= 4.2
    assert dense.mean_absolute <= groups["calibrated"]["dense"].mean_absolute + 0.01


def test_a_single_expert_that_every_token_meets_is_a_dense_model() -> None:
    law = find_record("calibrated-experts").law
    assert law.effective_width(4096.0, 1.0, 1.0) == 4096.0
    assert law.effective_width(1024.0, 64.0, 8.0) > law.effective_width(1024.0, 8.0, 8.0)
    naive = CALIBRATED.law  # knows no experts: those met count
    assert naive.effective_width(1024.0, 64.0, 8.0) == 8192.0


@pytest.mark.slow
def test_no_model_that_is_tested_was_fitted() -> None:
    # whatever a left-out organisation reports, what is predicted for it stays the same
    form, meta = CALIBRATED.shape, TABLE.organisation == "Meta"
    other = replace(TABLE, score=np.where(meta, 99.0 - TABLE.score, TABLE.score))
    before, after = left_out(form, TABLE), left_out(form, other)
    assert before[meta] == pytest.approx(after[meta], abs=1e-9)
    assert np.abs(before[~meta] - after[~meta]).max() > 0.1
    first, second = (anchoring_of(form, table) for table in (TABLE, other))
    assert first.rows == second.rows == 69


def test_intervals_of_left_out_organisations_never_saw_them() -> None:
    found = left_out(CALIBRATED.shape, TABLE)
    inside = 0.0
    for out in folds(TABLE):
        regimes = regimes_of(found[~out], TABLE.score[~out])
        inside += covered(regimes, found[out], TABLE.score[out]).sum()
    evidence = evidence_of(TABLE, found, "", "")
    assert evidence.coverage == pytest.approx(inside / len(TABLE))
    assert 0.85 <= evidence.coverage <= 0.95


@given(st.integers(0, 10**6))
def test_intervals_of_residuals_hold_nine_of_ten_new_scores(seed: int) -> None:
    draw = np.random.default_rng(seed)
    predicted = draw.uniform(25, 90, 900)
    reported = predicted + draw.normal(scale=5, size=900)
    regimes = regimes_of(predicted[:300], reported[:300])
    share = covered(regimes, predicted[300:], reported[300:]).mean()
    assert 0.82 <= share <= 0.98


def test_a_known_law_is_found_again_from_scores_that_it_made() -> None:
    form = CALIBRATED.shape
    assert form.features is not None
    truth = CALIBRATED.vector
    made = replace(TABLE, score=np.asarray(form.response(form.features(TABLE) @ truth)))
    free = calibrated_form({**CALIBRATED.settings, "shape_terms": []})
    assert free.features is not None
    plain = replace(TABLE, score=np.asarray(free.response(free.features(TABLE) @ truth[:5])))
    assert fit(free, plain) == pytest.approx(truth[:5], rel=1e-3)
    again = np.asarray(form.response(form.features(made) @ fit(form, made)))
    assert again == pytest.approx(made.score, abs=0.3)  # depth is shrunk a little


def test_one_wild_score_hardly_moves_the_law() -> None:
    form = CALIBRATED.shape
    assert form.features is not None
    wild = TABLE.score.copy()
    wild[50] = 25.0 if wild[50] > 50 else 90.0
    before, after = (
        np.asarray(form.response(form.features(TABLE) @ fit(form, table)))
        for table in (TABLE, replace(TABLE, score=wild))
    )
    assert np.abs(before - after).max() < 2.0


@pytest.mark.slow
def test_two_hundred_draws_take_less_than_five_seconds_and_are_the_same_every_time() -> None:
    form = CALIBRATED.shape
    start = time.perf_counter()
    found = fit(form, TABLE)
    draws = bootstrap(form, TABLE, found)
    assert time.perf_counter() - start < 5.0
    assert draws.shape == (200, len(form.terms))
    assert (draws == bootstrap(form, TABLE, found)).all()


@pytest.mark.parametrize("name", law_names())
def test_a_law_is_the_same_after_a_trip_through_its_file(name: str) -> None:
    record = find_record(name)
    again = Record.from_json(record.to_json(), "law.json")
    assert again == record
    assert again.law.fingerprint == record.law.fingerprint


@pytest.mark.parametrize(
    "response",
    [Bent(25, 90, 10), Logistic(25, 90), NegativeLoss(1.8)],
    ids=lambda x: type(x).__name__,
)
def test_links_rise_and_their_inverse_is_one(response: Response) -> None:
    index = np.linspace(26.0, 99.0, 200)
    score = np.asarray(response(index))
    assert (np.diff(score) > 0).all()
    for one, value in zip(score, index, strict=True):
        assert response.inverse(float(one)) == pytest.approx(value, abs=1e-6)
    slope = np.asarray(response.slope(index))
    assert slope[1:-1] == pytest.approx(
        (score[2:] - score[:-2]) / (index[2:] - index[:-2]), rel=0.01
    )


OF_DENSE_MODELS = (
    *("num_hidden_layers", "hidden_size", "intermediate_size", "tokens", "parameters"),
)


@pytest.mark.parametrize("name", ["calibrated", "chinchilla"])
@given(st.lists(st.floats(0.0, 1.0), min_size=10, max_size=10), st.floats(0.01, 0.99))
def test_an_index_is_concave_in_the_logarithms(name: str, ends: list[float], share: float) -> None:
    law = find_record(name).law
    low, span = np.log([1, 128, 128, 1e9, 1e8]), np.log([200, 200, 800, 1e5, 1e5])
    a, b = low + span * ends[:5], low + span * ends[5:]

    def index(logs: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        values = dict(zip(OF_DENSE_MODELS, np.exp(logs), strict=True))
        return float(law.index(values, values["parameters"]))

    mixed = index(share * a + (1 - share) * b)
    straight = share * index(a) + (1 - share) * index(b)
    assert mixed >= straight - 1e-9 * (1 + abs(straight))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"penalty": (Term("size", {"parameters": 0.5}, 1.0),)}, "must rise with parameters"),
        ({"penalty": (Term("x", {"tokens": -1.0, "hidden_size": 1.0}, 1.0),)}, "keep tokens apart"),
        ({"weights": {"tokens": -1.0}}, "must rise with tokens"),
        ({"weights": {"tokens": 1.0, "moon": 1.0}}, "may use only"),
    ],
    ids=str,
)
def test_a_law_that_cant_be_bounded_is_refused_with_the_reason(
    changed: dict[str, object], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        replace(CALIBRATED.law, **changed)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="not concave and can't be bounded"):
        Term("size", {"hidden_size": 1.0}, -1.0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("not json", "must be a JSON file"),
        ("[]", "must hold a JSON object"),
        ('{"name": "x"}', "must hold title, source, form, coefficients"),
        ({"form": "magic"}, "must be one of"),
        ({"coefficients": {"size": 1.0}}, "must hold constant"),
        ({"coefficients": {"size": "many"}}, "no law that can be read"),
        ({"settings": {}}, "don't suit the form"),
        ({"moon": 1}, "may hold only"),
        ({"coefficients": {**CALIBRATED.coefficients, "size": -5.0}}, "must be > 0"),
        ({"settings": {**CALIBRATED.settings, "power": -0.1}}, "don't suit the form"),
        ({"draws": [[1.0]]}, "as many coefficients"),
        ({"coefficients": {**CALIBRATED.coefficients, "size": 1e300}}, "no law that can be read"),
        ({"coefficients": {**CALIBRATED.coefficients, "gate": 1e17}}, "must be between"),
        ({"settings": {**CALIBRATED.settings, "floor": "x"}}, "don't suit the form"),
        ({"settings": {**CALIBRATED.settings, "shape_terms": ["moon"]}}, "don't suit the form"),
        ({"anchoring": {"between": 0}}, "no law that can be read"),
        ({"trust": {"evidence": {"rows": "x"}}}, "no law that can be read"),
        ({"trust": {"regimes": [{}]}}, "no law that can be read"),
    ],
    ids=str,
)
def test_a_file_that_is_no_law_is_refused_with_the_reason(
    change: str | dict[str, object], reason: str
) -> None:
    text = change
    if isinstance(change, dict):
        text = json.dumps({**json.loads(CALIBRATED.to_json()), **change})
    assert isinstance(text, str)
    with pytest.raises(InputError, match=reason):
        Record.from_json(text, "law.json")


def test_anchors_move_the_law_towards_a_labs_models_and_more_of_them_further() -> None:
    alibaba = TABLE[TABLE.organisation == "Alibaba"]
    worth = [
        float(anchored(CALIBRATED, alibaba[rows], 2024.0).coefficients["constant"])
        for rows in (np.array([0]), np.array([0] * 4), np.arange(len(alibaba)))
    ]
    own = float(CALIBRATED.coefficients["constant"])
    assert own < worth[0] < worth[1]
    assert own < worth[2]
    # an anchor that is just as the law says moves nothing
    one = alibaba[np.array([0])]
    exact = replace(one, score=one.predicted(CALIBRATED.law))
    assert float(anchored(CALIBRATED, exact, 2024.0).coefficients["constant"]) == pytest.approx(own)


@given(st.floats(-20, 20), st.floats(0.01, 3))
def test_an_offset_is_between_nothing_and_what_a_lone_anchor_asks(off: float, ratio: float) -> None:
    response = Logistic(25, 90)
    index = np.array([[60.0]])
    score = np.asarray(response(index[0] + off))
    found = float(offsets(response, index, score, np.array([1.0]), ratio)[0])
    assert min(0.0, off) - 1e-6 <= found <= max(0.0, off) + 1e-6
    assert abs(found) <= abs(off) + 1e-6


def test_a_table_that_cant_support_a_fit_is_refused() -> None:
    with pytest.raises(InputError, match="at least 7 rows"):
        fitted_to(TABLE[np.arange(6)], CALIBRATED, "x", "x")
    same = replace(TABLE, score=np.full(len(TABLE), 50.0))
    with pytest.raises(InputError, match="more than one value of score"):
        fitted_to(same, CALIBRATED, "x", "x")
    with pytest.raises(InputError, match="must be a law that was fitted to scores"):
        fitted_to(TABLE, find_record("chinchilla"), "x", "x")


@pytest.mark.slow
def test_what_ones_models_dont_tell_is_named_and_stays_as_shipped() -> None:
    modern = TABLE[(TABLE.released > 2024) & TABLE.gated]
    found = fitted_to(modern, CALIBRATED, "mine", "my models")
    untold = [warning.split(":")[0] for warning in found.warnings]
    assert "a_year" in untold
    assert "gate" in untold
    assert "tokens" not in untold
    gate = found.record.coefficients["gate"]
    assert gate == pytest.approx(CALIBRATED.coefficients["gate"], abs=5.0)
    assert found.record.trust.evidence is not None
    assert found.record.trust.evidence.mean_absolute < 8.0


def test_a_table_of_one_organisation_is_checked_by_rows() -> None:
    own = TABLE[TABLE.organisation == "Alibaba"]
    record = calibrated_record(
        own,
        form="calibrated",
        settings=CALIBRATED.settings,
        name="x",
        title="x",
        source="x",
        data="x",
        draws=5,
    )
    assert record.trust.evidence is not None
    assert "rows left out" in record.trust.evidence.protocol
    assert record.anchoring is None


def test_groups_of_errors_hold_every_model_once() -> None:
    rows = CALIBRATED.trust.unseen
    for groups in breakdown(rows).values():
        assert sum(group.models for group in groups) == len(rows) == 116


def test_circumstances_move_the_score_as_the_law_says() -> None:
    values = {"num_hidden_layers": 32, "hidden_size": 4096, "intermediate_size": 14336}

    def index(law: Law) -> float:
        return float(law.index({**values, "tokens": 15e12}, 8e9))

    law, found = CALIBRATED.law, CALIBRATED.coefficients
    late, early = law.at(NOW), law.at(Circumstances(2022.0))
    assert index(late) - index(early) == pytest.approx(2 * found["a_year"])
    assert law.at(Circumstances(2030.0)).constant == late.constant  # nothing by date after 2024
    plain = law.at(Circumstances(2026.5, gated=False))
    assert index(late) - index(plain) == pytest.approx(found["gate"])
    assert late.at(Circumstances(2022.0)).constant == pytest.approx(early.constant)
    assert law.at(Circumstances(2022.0)) is early
    assert early.at(Circumstances(2022.0)) is early
    assert math.isfinite(index(law))


def test_losses_are_as_published() -> None:
    # README of datablations, by reference/costs.md: one epoch of U tokens at N parameters
    law = find_record("chinchilla-hoffmann").law
    loss = (
        -float(
            law.score(
                {
                    "num_hidden_layers": 80,
                    "hidden_size": 8192,
                    "intermediate_size": 32768,
                    "tokens": 1.4e12,
                },
                70e9,
            )
        )
        / 100
    )
    by_hand = 1.69339 + 406.4 / 70e9**0.33917 + 410.7 / 1.4e12**0.28491
    assert loss == pytest.approx(by_hand, abs=2e-3)
    # compute-optimal tokens per parameter at Chinchilla's budget, 6·N·D: published or re-derived
    for name, ratio in (
        ("chinchilla", 18.4),
        ("chinchilla-hoffmann", 58.9),
        ("chinchilla-muennighoff", 19.6),
    ):
        facts = find_record(name).coefficients
        a, b = facts["alpha"], facts["beta"]
        best = (a * facts["A"] / (b * facts["B"])) ** (1 / (a + b)) * (5.76e23 / 6) ** (b / (a + b))
        tokens = 5.76e23 / 6 / best
        assert tokens / best == pytest.approx(ratio, rel=0.01)
