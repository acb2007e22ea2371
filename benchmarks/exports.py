"""Exports of 200 random plans, held against the frameworks that are to read them.

    python -m benchmarks.exports write exports.json    # where flopwise is installed
    python benchmarks/exports.py check exports.json    # where transformers, torchtitan 0.2,
                                                       # Megatron-LM or OLMo-core are

The check needs nothing of flopwise. Each framework that can be imported builds the model on the
meta device, or parses the file; the others are named as missing.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PLANS = 200
KINDS = ("dense", "dense", "experts", "experts", "latent", "latent experts", "window", "cluster")


def question(draw: random.Random) -> dict[str, Any]:
    """A random question about one kind of plan."""
    asked: dict[str, Any] = {
        "flops": 10 ** draw.uniform(20, 25),
        "top": 1,
        "vocab": draw.choice([32_000, 128_256, 151_936]),
        "seq_len": draw.choice(["2k", "4k", "8k"]),
        "tied": draw.random() < 0.3,
    }
    kind = draw.choice(KINDS)
    if kind == "cluster":
        del asked["flops"]
        asked |= {
            "gpus": draw.choice([8, 64, 512, 1000, 4096]),
            "gpu": draw.choice(["h100-sxm", "a100-sxm-80", "b200"]),
            "days": draw.choice([1, 7, 40]),
        }
    if "experts" in kind:
        asked |= {
            "experts": draw.choice([8, 16, 64, 128]),
            "experts_per_token": draw.choice([1, 2, 4, 8]),
            "shared_experts": draw.choice([0, 1, 2]),
            "dense_layers": draw.choice([0, 1, 3]),
            "sparsity": "1:64",
        }
    if "latent" in kind:
        asked["attention"] = draw.choice(["mla", "mla-v3", "mla-lite"])
    if kind == "window":
        asked["window"] = draw.choice([512, 1024])
    return asked


def write(path: Path) -> None:
    """Plan at random and export every plan to every framework that can express it."""
    import flopwise
    from constraints.errors import InputError
    from scenarios.launch.launched import launched_plan
    from scenarios.launch.targets import EXPORTS, exported

    draw, rows = random.Random(7), list[dict[str, Any]]()
    while len(rows) < PLANS:
        asked = question(draw)
        try:
            found = flopwise.plan(**asked)
        except flopwise.FlopwiseError:
            continue
        if not found.plans:
            continue
        plan, files = launched_plan("plan", found.to_dict()), {}
        for target in EXPORTS:
            try:
                files[target] = exported(plan, target)
            except InputError:
                continue
        gpus = asked.get("gpus", 1)
        rows.append({"parameters": plan.parameters, "gpus": gpus, "files": files})
    path.write_text(json.dumps(rows), "utf-8")


def with_transformers(files: Mapping[str, str], row: Mapping[str, Any]) -> int:
    """Parameters of the model that transformers makes of config.json."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "config.json").write_text(files["config.json"], "utf-8")
        config = AutoConfig.from_pretrained(folder)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    model.tie_weights()
    return sum(weight.numel() for weight in {id(x): x for x in model.parameters()}.values())


def with_torchtitan(files: Mapping[str, str], row: Mapping[str, Any]) -> int:
    """Parameters of torchtitan's model, after its own parser has taken the TOML file."""
    import torch
    from torchtitan.config.manager import ConfigManager
    from torchtitan.models.llama3 import llama3_args
    from torchtitan.models.llama3.model.model import Transformer

    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            Path(folder, name).write_text(text, "utf-8")
        path = Path(folder, "torchtitan.toml")
        flavor = ConfigManager().parse_args([f"--job.config_file={path}"]).model.flavor
        exec(Path(folder, f"{flavor}.py").read_text("utf-8"), {})
    with torch.device("meta"):
        return sum(weight.numel() for weight in Transformer(llama3_args[flavor]).parameters())


def with_megatron(files: Mapping[str, str], row: Mapping[str, Any]) -> int:
    """The plan's parameters, if Megatron-LM's parser and its checks take the arguments."""
    from megatron.training.arguments import parse_args, validate_args

    lines = files["megatron.args"].splitlines()
    words = [word for x in lines if not x.startswith("#") for word in x.split(" ", 1)]
    os.environ |= {"WORLD_SIZE": str(row["gpus"]), "RANK": "0", "CUDA_DEVICE_MAX_CONNECTIONS": "1"}
    before = sys.argv
    sys.argv = ["pretrain_gpt.py", *words, "--tokenizer-type", "NullTokenizer", "--mock-data"]
    try:
        validate_args(parse_args())
    finally:
        sys.argv = before
    return int(row["parameters"])


def with_olmo_core(files: Mapping[str, str], row: Mapping[str, Any]) -> int:
    """Parameters of OLMo-core's model config."""
    found: dict[str, Any] = {}
    exec(files["olmo_core_config.py"], found)
    return int(found["model"].num_params)


CHECKS: Mapping[str, Callable[[Mapping[str, str], Mapping[str, Any]], int]] = {
    "hf": with_transformers,
    "torchtitan": with_torchtitan,
    "megatron": with_megatron,
    "olmo-core": with_olmo_core,
}


def check(path: Path) -> None:
    """Say of each framework how many exports it takes, with exactly the plan's parameters."""
    rows = json.loads(path.read_text("utf-8"))
    for target, counted in CHECKS.items():
        given = [row for row in rows if target in row["files"]]
        try:
            right = sum(counted(x["files"][target], x) == x["parameters"] for x in given)
        except ImportError as error:
            print(f"{target}: not checked ({error})")
            continue
        print(f"{target}: {right} of {len(given)} have the plan's parameters")


if __name__ == "__main__":
    command, file = sys.argv[1:]
    {"write": write, "check": check}[command](Path(file))
