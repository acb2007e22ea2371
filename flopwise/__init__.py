"""flopwise: given this cluster and this month, what should we train?

    import flopwise

    found = flopwise.plan(gpus=1024, gpu="h100-sxm", days=30)
    found.plans[0].architecture, found.plans[0].tokens, found.certificate
    found.to_frame()          # a pandas table; found.to_dict() is what --json prints

Keywords have the names of command-line options, with underscores, and values have the units that
people write. All errors are subclasses of `FlopwiseError` and name the keyword.
"""

from typing import TYPE_CHECKING

from flopwise._neighbours import check_neighbours

check_neighbours()

if TYPE_CHECKING:
    from constraints.errors import (
        ConfigError,
        FileError,
        FlopwiseError,
        InputError,
        UnknownNameError,
    )
    from scenarios.front_door.functions import (
        compare,
        export,
        fit,
        gpus,
        pareto,
        plan,
        predict,
        target,
    )
    from scenarios.front_door.model_results import (
        CompareResult,
        FitResult,
        GpusResult,
        PredictResult,
    )
    from scenarios.front_door.result import Result
    from scenarios.front_door.results import ParetoResult, PlanResult, TargetResult

__all__ = [
    "CompareResult",
    "ConfigError",
    "FileError",
    "FitResult",
    "FlopwiseError",
    "GpusResult",
    "InputError",
    "ParetoResult",
    "PlanResult",
    "PredictResult",
    "Result",
    "TargetResult",
    "UnknownNameError",
    "compare",
    "export",
    "fit",
    "gpus",
    "pareto",
    "plan",
    "predict",
    "target",
]

_ROOMS = (
    "constraints.errors",
    "scenarios.front_door.functions",
    "scenarios.front_door.model_results",
    "scenarios.front_door.result",
    "scenarios.front_door.results",
)


def __getattr__(name: str) -> object:
    """Import a function, a result or an error when it is first used.

    The command line imports this package as well, and must answer `--help` at once.
    """
    if name in __all__:
        from importlib import import_module

        for room in map(import_module, _ROOMS):
            if hasattr(room, name):
                globals()[name] = getattr(room, name)
                return globals()[name]
    if name == "__version__":
        from importlib.metadata import version

        return version("flopwise")
    raise AttributeError(f"module 'flopwise' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
