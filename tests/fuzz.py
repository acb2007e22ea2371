"""Bad input, made at random: no traceback, no NaN, no exit code that means a bug.

`python -m tests.fuzz [seconds] [seed]` goes on for so long and prints every input that fails. They
are command lines, scenario files, configs, laws, tables of models or parts, plans and proofs, each
with some changes: characters, words, numbers and lines.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import shlex
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import flopwise
from scenarios.commands.init import STARTER
from tests.scenarios.command_line import flopwise as run
from tests.test_readme import commands

ROOT = Path(__file__).parents[1]
FINE = (0, 1, 2, 3)
"""Exit codes that an input may have; 70 is a bug."""
ODD = (
    *("", " ", "0", "-1", "1e400", "1e-400", "nan", "inf", "1/0", "0x10", "1_0", "１２", "½", "∞"),
    *("true", "null", "[]", "{}", "..", "/", "\0", "\x1b[31m", "\u202e", "é" * 300, "9" * 400),
    *(
        "8:4",
        "4:8:0",
        "1,2,,3",
        "7B-70B",
        "10^3",
        "--json",
        "a=b=c",
        "%s",
        "{0}",
        "$HOME",
        "'",
        '"',
    ),
)
ANCHORS = """layers,hidden_size,intermediate_size,tokens_t,mmlu_5shot
32,4096,14336,15,66.6
80,8192,28672,15,79.3
28,3072,8192,9,58.0
"""
Draw: TypeAlias = random.Random
Made: TypeAlias = tuple[str, list[str]]
"""What is tried, and the arguments of the command."""


def changed(text: str, draw: Draw) -> str:
    """A text with up to three changes."""
    for _ in range(draw.randint(1, 3)):
        place = draw.randrange(len(text) + 1)
        lines = text.splitlines(keepends=True)
        match draw.randrange(6):
            case 0:
                text = text[:place] + draw.choice(ODD) + text[place:]
            case 1:
                text = text[:place] + text[place + draw.randint(1, 8) :]
            case 2 if numbers := list(re.finditer(r"\d[\d.e+]*", text)):
                number = draw.choice(numbers)
                text = text[: number.start()] + draw.choice(ODD) + text[number.end() :]
            case 3 if words := list(re.finditer(r"\w+", text)):
                word = draw.choice(words)
                text = text[: word.start()] + draw.choice(words)[0] + text[word.end() :]
            case 4 if len(lines) > 1:
                lines.insert(draw.randrange(len(lines)), draw.choice(lines))
                text = "".join(lines)
            case 5 if len(lines) > 1:
                lines.pop(draw.randrange(len(lines)))
                text = "".join(lines)
    return text


class Kinds:
    """Inputs of every kind, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        found = flopwise.plan(flops="1e21", top=2)
        self.folder = folder
        self.plan = json.dumps(found.to_dict())
        self.config = json.dumps(flopwise.export(found, "hf")["config.json"], default=str)
        self.proof = found.proof()
        self.models = (ROOT / "constraints/data/published_dense.csv").read_text()
        anchors = self.written("anchors.csv", ANCHORS)
        law = folder / "law.json"
        run("fit", "--anchor", anchors, "--save", str(law))
        self.law_file = law.read_text()

    @property
    def all(self) -> list[Callable[[Draw], Made]]:
        own = (self.command, self.scenarios, self.of_config, self.models_read)
        return [*own, self.of_law, self.parts, self.of_plan, self.of_proof]

    def written(self, name: str, text: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(errors="replace"))
        return str(path)

    def command(self, draw: Draw) -> Made:
        """A command of the README with some words changed, added or left out."""
        words = shlex.split(draw.choice(commands()), comments=True)[1:]
        for _ in range(draw.randint(1, 3)):
            place = draw.randrange(len(words))
            match draw.randrange(4):
                case 0:
                    words[place] = draw.choice(ODD)
                case 1:
                    words[place] = changed(words[place], draw)
                case 2 if len(words) > 1:
                    words.pop(place)
                case _:
                    words.insert(place, draw.choice(ODD))
        return "a command", [word for word in words if not word.endswith((".html", ".proof"))]

    def scenarios(self, draw: Draw) -> Made:
        file = self.written("some.toml", changed(STARTER, draw))
        return "a scenario file", ["batch", "run", file, "--dry-run"]

    def of_config(self, draw: Draw) -> Made:
        file = self.written("config.json", changed(self.config, draw))
        return "a config", ["predict", "--config", file, "--tokens", "1T", "--json"]

    def models_read(self, draw: Draw) -> Made:
        text = self.models if draw.random() < 0.5 else ANCHORS
        file = self.written("models.csv", changed(text, draw))
        given = [file] if text == self.models else ["--anchor", file]
        return "a table of models", ["fit", *given, "--save", str(self.folder / "law.json")]

    def of_law(self, draw: Draw) -> Made:
        file = self.written("own.json", changed(self.law_file, draw))
        return "a law", ["plan", "--flops", "1e21", "--law", file, "--json"]

    def parts(self, draw: Draw) -> Made:
        text = "name,peak_tflops,memory_gb\nmine,500,80\n"
        file = self.written("parts.csv", changed(text, draw))
        return "a table of parts", ["gpus", "--gpu-file", file]

    def of_plan(self, draw: Draw) -> Made:
        file = self.written("plan.json", changed(self.plan, draw))
        other = draw.choice((["compare", file, file], ["export", file, "--to", "hf"]))
        return "a plan", other

    def of_proof(self, draw: Draw) -> Made:
        data = bytearray(self.proof)
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        cut = len(data) if draw.random() < 0.7 else draw.randrange(len(data))
        return "a proof", ["verify", self.written("a.proof", bytes(data[:cut]))]


def tried(kinds: Kinds, draw: Draw) -> tuple[str, list[str], str]:
    """One input: its kind, its arguments, and what is wrong with the answer, if anything is."""
    kind, arguments = draw.choice(kinds.all)(draw)
    if arguments and arguments[0] in ("plan", "target", "pareto"):
        arguments += ["--time-limit", "2"]
    done = run(*arguments)
    said = done.out + done.err
    if done.code not in FINE:
        return kind, arguments, f"exit code {done.code}: {said[-300:]}"
    if "Traceback" in said or "\x1b" in said or "\u202e" in said:
        return kind, arguments, f"raw: {said[-300:]}"
    if "--json" in arguments and re.search(r"\b(NaN|Infinity)\b", done.out):
        return kind, arguments, "NaN in JSON"
    return kind, arguments, ""


def failures(seconds: float, seed: int) -> Iterator[tuple[str, list[str], str]]:
    """Inputs that fail, for so long; the last item counts what was tried."""
    tally: Counter[str] = Counter()
    end, number = time.monotonic() + seconds, 0
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        kinds = Kinds(Path(name))
        while time.monotonic() < end:
            kind, arguments, wrong = tried(kinds, random.Random(f"{seed} {number}"))
            number += 1
            tally[kind] += 1
            if wrong:
                yield kind, arguments, wrong
    yield ", ".join(f"{kind} {n:,}" for kind, n in sorted(tally.items())), [], ""


def main(arguments: list[str]) -> int:
    seconds = float(arguments[0]) if arguments else 60.0
    seed = int(arguments[1]) if len(arguments) > 1 else int(time.time())
    *bad, (tally, _, _) = failures(seconds, seed)
    told = [f"{kind}: {given!r}\n  {wrong}\n" for kind, given, wrong in bad]
    sys.stdout.write("".join(told) + f"seed {seed}, tried: {tally}; {len(bad)} failed\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
