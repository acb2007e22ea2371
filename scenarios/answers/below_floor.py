"""What to say where a law has nothing to say: every plan within the budget is at its floor.

At the score of chance a law ranks plans by an index that means nothing. There a law of loss, which
was fitted on models as small, tells better plans from worse.
"""

from __future__ import annotations

from dataclasses import replace

from scenarios.answers.answer import Answer, answer_to
from scenarios.questions.resolve import resolve

__all__ = ["LOSS_LAW", "by_loss", "is_at_floor"]

LOSS_LAW = "chinchilla"
"""The law of loss that is asked instead."""
CHANCE = 0.1
"""A score this near a law's floor counts as the floor [score]: an S comes near without an end."""


def is_at_floor(answer: Answer) -> bool:
    """Whether the best plan of an answer has no more than the score of chance by its law."""
    law = answer.resolved.in_force.law
    return bool(answer.plans) and answer.plans[0].law_score <= law.response.floor + CHANCE


def by_loss(answer: Answer) -> Answer | None:
    """The same question, answered by a law of loss.

    Such a law does not see shapes, so that they are kept to those of published models if any of
    them fits. None if the law does not know the kind of models, or finds no plan either.

    Args:
        answer: by a law that puts all plans at its floor.
    """
    if answer.resolved.of_experts:
        return None
    own = replace(
        answer.scenario, law=LOSS_LAW, robust=None, anchor=None, gamma=1, date=None, spelling={}
    )
    for asked in (replace(own, space="conventional"), own):
        found = answer_to(resolve(asked, answer.kind, today=answer.resolved.today))
        if found.plans:
            return found
    return None
