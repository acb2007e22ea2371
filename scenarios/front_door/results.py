"""The results of the functions that plan, each with a report, a table and a JSON document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scenarios.exports.document import versioned
from scenarios.front_door.result import Result
from scenarios.report.document import Report, Section

if TYPE_CHECKING:  # so that one command's result does not load the solvers of another
    import pandas as pd

    from optimizer.plans.plan import Plan
    from optimizer.searching.certificate import Certificate
    from scenarios.answers.answer import Answer
    from scenarios.answers.compared_parts import ComparedParts
    from scenarios.answers.dense_or_experts import Kinds
    from scenarios.answers.front import Traced
    from scenarios.answers.target import Reached

__all__ = [
    "ParetoResult",
    "PlanResult",
    "TargetResult",
]


def _repeated_by(action: str, parts: ComparedParts[Any] | None, report: Report) -> Report:
    """A report with the command that compares all accelerators, if several were compared."""
    if parts is None:
        return report
    from scenarios.exports.command_lines import command_line

    return replace(report, repeat=command_line(action, parts.given))


def _best_of(plans: Sequence[Plan]) -> str:
    """The first of some plans in short, behind a comma; empty if there are none."""
    if not plans:
        return ""
    sizes = ", ".join(f"{name}={size}" for name, size in plans[0].architecture.sizes.items())
    return f", score {plans[0].score:.2f} ({sizes}, tokens={plans[0].tokens})"


@dataclass(frozen=True, eq=False, repr=False)
class PlanResult(Result):
    """The best plans within a budget, with proof.

    Attributes:
        answer: the plans, and what lies around them.
        kinds: the comparison of both kinds, of which `answer` is the better one; None if only one
            kind was asked for.
        floor: the answer by the law that was asked, where it puts all plans at its floor, and
            `answer` is by a law of loss; None where it has something to say.
        parts: the answers for all accelerators that were compared, of which `answer` is the best;
            None if only one was asked for.
    """

    answer: Answer
    kinds: Kinds | None = None
    floor: Answer | None = None
    parts: ComparedParts[Answer] | None = None

    @property
    def by_the_law_asked(self) -> Answer:
        """The answer by the law that was asked for, even where it puts all plans at its floor."""
        return self.answer if self.floor is None else self.floor

    @property
    def status(self) -> str:
        """`optimal` if the plans are proved to be the best, else `infeasible` or `unproved`."""
        return self.answer.result.status.value

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The best plans, best first; empty if no plan satisfies all limits."""
        return self.answer.plans

    @property
    def preferred(self) -> Plan | None:
        """The preferred plan among near-equal ones; None without a preference."""
        return self.answer.preferred

    @property
    def certificate(self) -> Certificate | None:
        """The proof, which accounts for every design; None if nothing was proved."""
        return self.answer.result.certificate

    @property
    def shadow_prices(self) -> Mapping[str, float]:
        """Change of the score for one per cent more of each limit [score], by name of the limit."""
        return self.answer.result.relaxed.shadow_prices

    def in_short(self) -> str:
        """The answer in some words."""
        return f"{self.status}{_best_of(self.plans)}"

    def report(self) -> Report:
        """The answer in words."""
        from scenarios.report.composed.plan_report import plan_report

        report = plan_report(self.answer, self.compared(), self.at_floor())
        return _repeated_by("plan", self.parts, report)

    def at_floor(self) -> list[Section]:
        """The section that says why another law answers than was asked; none if none does."""
        from scenarios.report.composed.plan_report import floor_section

        return [] if self.floor is None else [floor_section(self.floor, self.answer)]

    def compared(self) -> list[Section]:
        """The sections that compare the answer with others: accelerators, or kinds of models."""
        from scenarios.report.composed.kinds_report import kinds_sections
        from scenarios.report.composed.parts_report import parts_section

        sections = [] if self.parts is None else [parts_section(self.parts)]
        return [*sections, *([] if self.kinds is None else kinds_sections(self.kinds))]

    def to_dict(self) -> dict[str, Any]:
        """The document that `flopwise plan --json` prints."""
        from scenarios.exports.plan_json import answer_document, floor_fields, kinds_document

        fields = answer_document(self.answer) if self.kinds is None else kinds_document(self.kinds)
        if self.floor is not None:
            fields["at_floor"] = floor_fields(self.floor)
        if self.parts is not None:
            from scenarios.exports.parts_json import parts_fields

            fields["parts"] = parts_fields(self.parts)
        return versioned(fields)

    def to_frame(self) -> pd.DataFrame:
        """The plans, one in each row, best first; the columns are named as in JSON.

        Of several accelerators all plans are listed, with the accelerator in the column `gpu`.
        """
        from scenarios.exports.frames import parts_frame, plans_frame

        if self.parts is not None:
            return parts_frame([(name, found.plans) for name, found in self.parts.ranked])
        return plans_frame(self.answer)

    def proof(self) -> bytes:
        """The proof that no design beats the plans: a file for `flopwise verify`."""
        from scenarios.exports.proof_file import proof_of_plans

        return proof_of_plans(self.answer)


@dataclass(frozen=True, eq=False, repr=False)
class ParetoResult(Result):
    """A front: the plans that no other plan beats in score and in every cost at once.

    Attributes:
        traced: the front, with its question.
        interrupted: whether the search was cut off, so that points are missing.
    """

    traced: Traced
    interrupted: bool = False

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans of the front, in order of its first cost."""
        return self.traced.plans

    def in_short(self) -> str:
        """The answer in some words."""
        costs = " and ".join(cost.name for cost in self.traced.costs)
        return f"{len(self.plans)} points, score over {costs}"

    def report(self) -> Report:
        """The front in words."""
        from scenarios.report.composed.front_report import front_report, nothing_report

        if not self.traced.front.points:
            return nothing_report(self.traced)
        return front_report(self.traced, interrupted=self.interrupted)

    def to_dict(self) -> dict[str, Any]:
        """The document that `flopwise pareto --json` prints."""
        from scenarios.exports.front_json import front_document

        return versioned(front_document(self.traced, interrupted=self.interrupted))

    def to_frame(self) -> pd.DataFrame:
        """The points of the front, one in each row, in order of its first cost."""
        from scenarios.exports.frames import front_frame

        return front_frame(self.traced)

    def proof(self) -> bytes:
        """The proof of every point: a file for `flopwise verify`."""
        from scenarios.exports.proof_file import proof_of_front

        return proof_of_front(self.traced)


@dataclass(frozen=True, eq=False, repr=False)
class TargetResult(Result):
    """The plan that reaches a score at the least cost, or the best score in reach.

    Attributes:
        reached: what it takes to reach the goal.
        parts: the answers for all accelerators that were compared, of which `reached` is the best;
            None if only one was asked for.
    """

    reached: Reached
    parts: ComparedParts[Reached] | None = None

    @property
    def status(self) -> str:
        """`reached`, `unreachable`, `infeasible` or `unproved`."""
        return self.reached.result.status.value

    @property
    def amount(self) -> float | None:
        """The least cost [unit of the cost]; None if the score is out of reach."""
        return self.reached.amount

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plan of least cost; empty if the score is out of reach."""
        plan, amount = self.reached.plan, self.reached.amount
        return () if plan is None or amount is None else (plan,)

    @property
    def certificate(self) -> Certificate | None:
        """The proof, which accounts for every design; None if nothing was proved."""
        return self.reached.result.account

    def in_short(self) -> str:
        """The answer in some words."""
        return f"{self.status}, {self.reached.cost.name} {self.amount}{_best_of(self.plans)}"

    def report(self) -> Report:
        """The answer in words."""
        from scenarios.report.composed.parts_report import parts_of_goal_section
        from scenarios.report.composed.target_report import target_report

        before = () if self.parts is None else (parts_of_goal_section(self.parts),)
        return _repeated_by("target", self.parts, target_report(self.reached, before))

    def to_dict(self) -> dict[str, Any]:
        """The document that `flopwise target --json` prints."""
        from scenarios.exports.target_json import target_document

        fields = target_document(self.reached)
        if self.parts is not None:
            from scenarios.exports.parts_json import parts_of_goal_fields

            fields["parts"] = parts_of_goal_fields(self.parts)
        return versioned(fields)

    def to_frame(self) -> pd.DataFrame:
        """The plan of least cost in one row; no row if the score is out of reach.

        Of several accelerators each that reaches it has a row, with its name in the column `gpu`.
        """
        from scenarios.exports.frames import frame_of, parts_frame

        if self.parts is not None:
            each = [(name, TargetResult(found).plans) for name, found in self.parts.ranked]
            return parts_frame(each)
        return frame_of(self.plans)

    def proof(self) -> bytes:
        """The proof that no design reaches the goal with less: a file for `flopwise verify`."""
        from scenarios.exports.proof_file import proof_of_goal

        return proof_of_goal(self.reached)
