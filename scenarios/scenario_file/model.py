"""The form of a scenario file: pydantic models made from the fields, and the JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Tag,
    create_model,
)
from pydantic import Field as Described

from constraints.errors import InputError, printable
from scenarios.questions.spelling import text_of
from scenarios.scenario_file.fields import BUDGET, CLUSTER, Field, fields
from scenarios.vocabulary.vocabulary import ACTIONS

__all__ = ["FileModel", "file_schema", "scenario_model"]

STRICT = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


def _plain(name: str) -> str:
    """A name, if it holds no control characters."""
    if printable(name, 200) != name:
        raise ValueError("must hold no control characters")
    return name


NAME = Annotated[str, Described(min_length=1, max_length=200), AfterValidator(_plain)]


class _Table(BaseModel):
    model_config = STRICT


def _kind_of(field: Field) -> Any:
    """The type of a field's values: flags, names, or values that are turned into text."""
    if field.quantity.is_flag:
        return bool
    if field.choices:
        return Literal[field.choices]
    if isinstance(field.quantity.example, str) and field.quantity.unit.startswith("name"):
        return Annotated[str, AfterValidator(_reader(field))]
    return Annotated[int | float | str | list[int | float | str], AfterValidator(_reader(field))]


def _entry(field: Field) -> Any:
    """The type and the default of a field that may be left out."""
    described = Described(
        alias=field.key,
        description=field.description,
        examples=[field.quantity.example],
        json_schema_extra={"unit": field.quantity.unit},
    )
    return Annotated[_kind_of(field) | None, described], None


def _reader(field: Field) -> Any:
    @lru_cache(maxsize=2**12)  # most texts of a batch occur many times
    def check(text: str) -> None:
        try:
            field.read(text)
        except InputError as error:
            raise ValueError(error.message().strip()) from None

    def read(value: Any) -> str:
        text = text_of(value)
        check(text)
        return text

    return read


def _table(title: str, keys: Iterable[str], more: dict[str, Any] | None = None) -> type[BaseModel]:
    known = fields()
    found = {key.replace("-", "_"): _entry(known[key]) for key in keys}
    return create_model(title, __base__=_Table, **(more or {}), **found)


Cluster: Any = _table("Cluster", CLUSTER)
Budget: Any = _table("Budget", BUDGET)


def _kind(value: Any) -> str:
    return "name" if isinstance(value, str) else "table"


def _named(table: type[BaseModel], what: str) -> Any:
    """The type of a field that holds the name of a shared table, or a table itself."""
    by_name, own = Annotated[str, Tag("name")], Annotated[table, Tag("table")]
    described = Described(description=f"{what}: the name of a shared one, or a table.")
    return Annotated[Annotated[by_name | own, Discriminator(_kind)] | None, described]


@cache
def _sweep_model() -> Any:
    """A sweep: lists of values by field, and how they are combined."""
    axes: dict[str, Any] = {}
    for key, field in fields().items():
        described = Described(
            alias=key,
            description=f"Values of: {field.description}",
            examples=[[field.quantity.example]],
            json_schema_extra={"unit": field.quantity.unit, "minItems": 1},
        )
        kind = _kind_of(field)
        values = list[kind]
        axes[key.replace("-", "_")] = (Annotated[values | None, described], None)
    mode = Annotated[
        Literal["cartesian", "zip"], Described(description="Every combination, or side by side.")
    ]
    return create_model("Sweep", __base__=_Table, mode=(mode, "cartesian"), **axes)


@cache
def scenario_model() -> Any:
    """The model of one scenario, with its name and action."""
    return _table("Scenario", fields(), {"name": (NAME, ...), **_own_fields()})


@cache
def _defaults_model() -> Any:
    return _table("Defaults", fields(), _own_fields())


def _own_fields() -> dict[str, Any]:
    action = Annotated[
        Literal[ACTIONS] | None,
        Described(description="What is asked for: the command of that name.", examples=["plan"]),
    ]
    sweep = Annotated[
        _sweep_model() | None, Described(description="Values that are tried in turn.")
    ]
    return {
        "action": (action, None),
        "cluster": (_named(Cluster, "What trains"), None),
        "budget": (_named(Budget, "What it may take"), None),
        "sweep": (sweep, None),
    }


def _file_model() -> Any:
    described = {
        "defaults": "Fields of every scenario that does not say otherwise.",
        "clusters": "Clusters that scenarios name.",
        "budgets": "Budgets that scenarios name.",
        "sweep": "Values that are tried in turn in every scenario.",
        "overrides": "Fields of single scenarios, by name; after everything else.",
        "scenario": "The scenarios.",
    }
    changed = _defaults_model()
    kinds: dict[str, tuple[Any, Any]] = {
        "defaults": (_defaults_model(), None),
        "clusters": (dict[str, Cluster], None),
        "budgets": (dict[str, Budget], None),
        "sweep": (_sweep_model(), None),
        "overrides": (dict[str, changed], None),
    }
    found = {
        key: (Annotated[kind | None, Described(description=described[key])], default)
        for key, (kind, default) in kinds.items()
    }
    one = scenario_model()
    scenarios = Annotated[list[one], Described(min_length=1, description=described["scenario"])]
    return create_model("ScenarioFile", __base__=_Table, **found, scenario=(scenarios, ...))


FileModel = _file_model()


def file_schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file."""
    schema = FileModel.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "flopwise scenarios",
        **{key: value for key, value in schema.items() if key != "title"},
    }
