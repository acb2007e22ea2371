"""Trained models as columns: what laws are fitted to and compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from constraints.algebra.limit import TOKENS
from constraints.algebra.log_form import FloatArray, NDBool
from constraints.published.model_table import PublishedModel
from optimizer.laws.law import Circumstances, Law
from optimizer.laws.response import Numbers
from optimizer.laws.trust import DENSE, EXPERTS, Unseen

__all__ = ["ModelTable"]


@dataclass(frozen=True)
class ModelTable:
    """n models whose training tokens are known, one in each row of every column [n].

    Attributes:
        name: of the model.
        organisation: that trained it.
        num_hidden_layers: layers [unitless].
        hidden_size: width [unitless].
        intermediate_size: width of the FFN, or of one expert [unitless].
        tokens: trained on [token].
        parameters: all of them [parameter].
        released: when the model came out [year].
        gated: whether its FFN has a gate.
        score: reported MMLU [percent].
        experts: all of a layer, shared ones included [expert]; 1 for a dense model, whose FFN is
            its one expert.
        active_experts: those that a token meets, shared ones included [expert]; 1 for a dense
            model.
    """

    name: np.ndarray[tuple[int], np.dtype[np.str_]]
    organisation: np.ndarray[tuple[int], np.dtype[np.str_]]
    num_hidden_layers: FloatArray
    hidden_size: FloatArray
    intermediate_size: FloatArray
    tokens: FloatArray
    parameters: FloatArray
    released: FloatArray
    gated: NDBool
    score: FloatArray
    experts: FloatArray
    active_experts: FloatArray

    @classmethod
    def of(cls, models: Sequence[PublishedModel]) -> Self:
        """The models whose training tokens are known, in their order.

        Args:
            models: published, or a user's own.
        """
        known = [model for model in models if model.tokens is not None]

        def column(values: list[float]) -> FloatArray:
            return np.array(values, dtype=np.float64)

        return cls(
            name=np.array([x.name for x in known], dtype=np.str_),
            organisation=np.array([x.organisation for x in known], dtype=np.str_),
            num_hidden_layers=column([x.architecture.num_hidden_layers for x in known]),
            hidden_size=column([x.architecture.hidden_size for x in known]),
            intermediate_size=column([x.architecture.expert_width for x in known]),
            tokens=column([x.tokens or 0.0 for x in known]),
            parameters=column([x.reported_parameters for x in known]),
            released=column([x.released for x in known]),
            gated=np.array([x.gated for x in known], dtype=bool),
            score=column([x.mmlu for x in known]),
            experts=column([x.architecture.experts_in_all for x in known]),
            active_experts=column([x.architecture.experts_met for x in known]),
        )

    def __len__(self) -> int:
        """The number of models."""
        return len(self.score)

    def __getitem__(self, which: NDBool | np.ndarray[tuple[int], np.dtype[np.intp]]) -> Self:
        """The rows of a mask, or of positions, which may repeat."""
        return type(self)(**{x.name: getattr(self, x.name)[which] for x in fields(self)})

    def unseen(self, predicted: FloatArray) -> tuple[Unseen, ...]:
        """The models with the scores predicted for them, as a law keeps them.

        Args:
            predicted: out of sample [score], shape [n].
        """
        columns = (
            *(self.name, self.organisation, self.released, self.parameters, self.tokens),
            *(self.score, predicted, np.where(self.experts > 1, EXPERTS, DENSE)),
        )
        return tuple(Unseen(*row) for row in zip(*(x.tolist() for x in columns), strict=True))

    def predicted(self, law: Law) -> FloatArray:
        """A law's scores, each model at its own release and kind of FFN [score], shape [n].

        Args:
            law: its own circumstances, if it has any, are taken out.
        """
        values: dict[str, Numbers] = {
            "num_hidden_layers": self.num_hidden_layers,
            "hidden_size": self.hidden_size,
            "intermediate_size": law.effective_width(
                self.intermediate_size, self.experts, self.active_experts
            ),
            TOKENS: self.tokens,
        }
        gains = [law.gain(Circumstances(*x)) for x in zip(self.released, self.gated, strict=True)]
        base = law.index(values, self.parameters) - law.gain(law.circumstances)
        return np.asarray(law.response(base + np.array(gains)), dtype=np.float64)
