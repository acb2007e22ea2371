"""What docs/laws.md says of the laws' errors, from `flopwise laws validate --json`.

python -m benchmarks.accuracy docs/laws.md writes it between its marks.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LAWS = ("performance-law", "performance-law-refit", "calibrated")
KINDS = {"all": "{}", "year": "{}", "reported score": "MMLU {}"}
FIRST, LAST = "<!-- accuracy: written by `make laws` -->\n", "<!-- end of accuracy -->\n"


def validated(name: str) -> dict[str, Any]:
    program = Path(sys.executable).with_name("flopwise")
    run = subprocess.run(
        [program, "laws", "validate", name, "--json"], capture_output=True, check=True
    )
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def paragraph() -> str:
    """The table and the sentences below it."""
    found = {name: validated(name) for name in LAWS}
    heads = " | ".join(f"`{name}`" for name in LAWS)
    lines = [f"| models | rows | {heads} |", "|---|---:|---:|---:|---:|"]
    for kind, said in KINDS.items():
        for group in found[LAWS[0]]["groups"][kind]:
            label = group["label"]
            cells = [
                f"{other['mean_absolute']:.1f} ({other['bias']:+.1f})"
                for name in LAWS
                for other in found[name]["groups"][kind]
                if other["label"] == label
            ]
            lines.append(f"| {said.format(label)} | {group['models']} | {' | '.join(cells)} |")
    own = found["calibrated"]
    evidence, anchors = own["evidence"], own["anchoring"]
    lines += [
        "",
        "In `calibrated` the choice of terms is made on the same models; made anew without each "
        "organisation",
        f"as well, its mean error is {evidence['by_choice']:.1f}. Its 90 % intervals hold "
        f"{evidence['coverage']:.0%} of the models left out. With a lab's own",
        f"earlier models as anchors its error on {anchors['rows']} models falls from "
        f"{anchors['without']:.1f} to {anchors['mean_absolute']:.1f}.",
    ]
    return "".join(f"{line}\n" for line in lines)


def main() -> None:
    path = Path(sys.argv[1])
    text = path.read_text("utf-8")
    before, rest = text.split(FIRST)
    _, after = rest.split(LAST)
    path.write_text(f"{before}{FIRST}{paragraph()}{LAST}{after}", "utf-8")


if __name__ == "__main__":
    main()
