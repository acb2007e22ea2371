"""The command `flopwise predict`: the score of one architecture."""

from __future__ import annotations

from typing import Any

import click

from scenarios.options.options import json_option, options_of
from scenarios.options.sections import SectionedCommand

__all__ = ["predict"]


@click.command(cls=SectionedCommand)
@options_of("predict")
@json_option
def predict(as_json: bool, **options: Any) -> None:
    """Score of one architecture, from flags or a config.json.

    \b
      flopwise predict --config config.json --tokens 15T
      flopwise predict --layers 32 --hidden 4096 --ffn 14336 --heads 32 \\
          --kv-heads 8 --vocab 128256 --tokens 15T
    """
    from scenarios.answers.prediction import predict_model
    from scenarios.exports.document import dump
    from scenarios.front_door.model_results import PredictResult
    from scenarios.questions.hardware import alias_note
    from scenarios.report.text import print_report

    note = alias_note(options["gpu"], options["gpu_file"])
    if note is not None:
        click.echo(f"Note: {note}", err=True)
    found = PredictResult(predict_model(options))
    if as_json:
        click.echo(dump(found.to_dict()))
    else:
        print_report(found.report())
