"""The command `flopwise verify`: checks proofs without any of the code that wrote them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scenarios.options.options import json_option

__all__ = ["verify"]

PROVED, BROKEN, UNPROVED = "proved", "broken", "not proved"
CODES = {PROVED: 0, BROKEN: 2, UNPROVED: 3}
"""Exit codes by what became of a proof."""


@click.command()
@click.argument("files", type=click.Path(exists=True, dir_okay=False), nargs=-1, required=True)
@json_option
@click.pass_context
def verify(ctx: click.Context, /, files: tuple[str, ...], as_json: bool) -> None:
    """Check proofs that --proof wrote.

    The checker is one file of Python's standard library, which shares no code with the search:
    scenarios/verifying/proof_checker.py, to be copied wherever you like. It reads what is claimed
    and walks through every box of designs. Exit codes: 0 proved, 2 no proof or a damaged one, 3 not
    proved, with the first line that fails.

    \b
      flopwise plan --gpus 1024 --gpu h100-sxm --days 30 --proof plan.proof
      flopwise verify plan.proof
    """
    from scenarios.exports.document import dump, versioned

    found = [_checked(path) for path in files]
    if as_json:
        click.echo(dump(versioned({"proofs": found})))
    else:
        for each in found:
            click.echo("\n".join(_told(each)))
    ctx.exit(max(CODES[each["status"]] for each in found))


def _checked(path: str) -> dict[str, Any]:
    """What becomes of one proof."""
    from constraints.errors import printable
    from scenarios.verifying.proof_checker import Unproved, check

    try:
        designs, claims = check(Path(path).read_bytes())
    except (ValueError, OSError) as error:
        return {"file": path, "status": BROKEN, "reason": printable(error, 300)}
    except Unproved as error:
        return {"file": path, "status": UNPROVED, "reason": printable(error, 300)}
    return {"file": path, "status": PROVED, "designs": designs, "claims": claims}


def _told(found: dict[str, Any]) -> list[str]:
    """What became of a proof, in words."""
    from constraints.errors import printable

    start = f"{printable(found['file'], 200)}: {found['status']}"
    if found["status"] != PROVED:
        return [f"{start}: {found['reason']}"]
    lines = [f"{start}, for {found['designs']:,} designs."]
    for claim in found["claims"]:
        lines += [f"  {line}" for line in _claimed(claim)]
    return lines


def _claimed(claim: dict[str, Any]) -> list[str]:
    """One claim in words, with its plans."""
    from constraints.algebra.units import format_count
    from constraints.errors import printable

    plans, law = claim["plans"], printable(claim["law"]["name"], 60)
    if not plans:
        return ["No design satisfies all limits."]
    count = "this plan" if len(plans) == 1 else f"these {len(plans)} plans"
    what = f"No design scores higher by the law {law} than {count}:"
    if "cost" in claim:
        what = f"No design reaches this score by the law {law} with less {claim['cost']}:"
    elif len(plans) < claim["asked"]:
        what = f"No other design satisfies all limits than {count}:"
    told = [what]
    for plan in plans:
        sizes = ", ".join(f"{printable(name, 40)} {n}" for name, n in plan["sizes"].items())
        tokens = format_count(plan["tokens"])
        told.append(f"  {plan['score']:.4f}  {tokens} tokens  {sizes}")
    return told
