"""The command `flopwise verify`: checks proofs without any of the code that wrote them."""

from __future__ import annotations

from collections.abc import Collection
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
            verdict, *more = _told(each)
            click.echo(verdict)  # one line, to be searched for
            for line in more:
                click.echo(_wrapped(line))
    ctx.exit(max(CODES[each["status"]] for each in found))


def _wrapped(line: str) -> str:
    """A line within the terminal's width; what does not fit is indented below."""
    import shutil
    import textwrap

    own = " " * (len(line) - len(line.lstrip()))
    return textwrap.fill(
        line.lstrip(),
        shutil.get_terminal_size().columns,
        initial_indent=own,
        subsequent_indent=f"{own}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _checked(path: str) -> dict[str, Any]:
    """What becomes of one proof."""
    from constraints.errors import printable
    from scenarios.verifying.proof_checker import MOST_BYTES, Unproved, check

    try:
        with open(path, "rb") as file:
            designs, claims = check(file.read(MOST_BYTES))  # one that goes on is cut off, so broken
    except (ValueError, OSError) as error:
        return {"file": path, "status": BROKEN, "reason": printable(error, 300)}
    except Unproved as error:
        return {"file": path, "status": UNPROVED, "reason": printable(error, 300)}
    return {"file": path, "status": PROVED, "designs": designs, "claims": claims}


def _told(found: dict[str, Any]) -> list[str]:
    """What became of a proof, in words."""
    from constraints.errors import printable
    from scenarios.report.words.words import plural

    start = f"{printable(found['file'], 200)}: {found['status']}"
    if found["status"] != PROVED:
        return [f"{start}: {found['reason']}"]
    claims = found["claims"]
    lines = [f"{start}, for {plural(found['designs'], 'design')}.", *_claimed(claims)]
    plans = [plan for claim in claims for plan in claim["plans"]]
    if not plans:
        return lines
    sizes = plans[0]["sizes"]
    varied = [x for x in sizes if len({plan["sizes"].get(x) for plan in plans}) > 1]
    lines += [_plan(plan, varied or sizes) for plan in plans]
    return [*lines, f"  All have {_named(sizes, sizes.keys() - varied)}."] if varied else lines


def _claimed(claims: list[dict[str, Any]]) -> list[str]:
    """What is claimed of the plans."""
    from constraints.errors import printable

    laws = dict.fromkeys(str(claim["law"].get("name")) for claim in claims)
    by = f"by {printable(', '.join(laws), 60)}"
    plans, first = sum(len(claim["plans"]) for claim in claims), claims[0]
    these = "this plan" if plans == 1 else f"these {plans} plans"
    what = f"No other design scores higher {by} than {these}"
    if len(claims) > 1:
        own = all(len(claim["plans"]) == 1 for claim in claims)
        what = f"Each of {these} scores highest {by} within its own limits"
        what = what if own else f"{len(claims)} claims of different limits, {by}, with {these}"
    elif not plans:
        floor = first["floor"]
        what = "No design is within the limits" if floor is None else f"No index is above {floor:g}"
    elif first.get("cost") is not None:
        what = f"No design reaches this score {by} with less {printable(str(first['cost']), 60)}"
    elif first["floor"] is None:
        what = f"No other design is within the limits than {these}"
    names = dict.fromkeys(str(limit["name"]) for claim in claims for limit in claim["limits"])
    return [f"  {what}.", f"  Limits on: {', '.join(printable(name, 60) for name in names)}."]


def _plan(plan: dict[str, Any], names: Collection[str]) -> str:
    """A plan in one line: score, tokens and some sizes."""
    from constraints.algebra.units import format_count

    tokens = format_count(plan["tokens"])
    return f"  {plan['score']:9.4f}  {tokens} tokens, {_named(plan['sizes'], names)}"


def _named(sizes: dict[str, int], names: Collection[str]) -> str:
    """Sizes with their names, in their own order."""
    from constraints.errors import printable

    return ", ".join(f"{printable(name, 40)} {n}" for name, n in sizes.items() if name in names)
