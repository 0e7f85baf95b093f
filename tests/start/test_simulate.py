"""`stepline simulate`: what it prints, and the sentence that each bad file gets."""

import copy
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core.simulation import POLICIES, Figures, Population
from stepline.start import simulate
from stepline.start.commands import main
from stepline.start.simulate.reading import BadFile, population

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE: dict[str, Any] = json.loads((DOCS / "simulate.example.json").read_text())
SCHEMA: dict[str, Any] = json.loads((DOCS / "simulate.schema.json").read_text())
FIGURES = {field.name for field in fields(Figures)}
Change = Callable[[Any], None]


def example() -> Any:
    return copy.deepcopy(EXAMPLE)


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "line.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(value: object) -> str:
    """The sentence that a bad file gets."""
    with pytest.raises(BadFile) as refused:
        population(value)
    said = str(refused.value)
    assert len(said) < 400
    assert "\n" not in said
    return said


def put(path: str, value: object) -> object:
    """The example with one field changed; a path such as 'volunteers.0.duty'."""
    changed = example()
    *way, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    inner: Any = changed
    for step in way:
        inner = inner[step]
    inner[last] = value
    return changed


# What it prints.


def test_the_example_runs_and_prints_every_figure_of_every_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, json.dumps(put("calls", 40)))
    assert main(["simulate", str(path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert set(printed) == {"seed", "calls", "policies"}
    assert (printed["seed"], printed["calls"]) == (1, 40)
    assert list(printed["policies"]) == list(POLICIES)
    for figures in printed["policies"].values():
        assert set(figures) == FIGURES
        assert all(math.isfinite(figure) for figure in figures.values())


def test_the_policies_are_those_that_the_documentation_names() -> None:
    told = (DOCS / "simulate.md").read_text()
    for name in (*POLICIES, *FIGURES):
        assert f"| `{name}` |" in told, name


def test_one_policy_alone_comes_to_the_same_and_the_same_file_always_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(written(tmp_path, json.dumps(put("calls", 30))))
    assert simulate.main([path, "--policy", "stepline", "--policy", "everybody"]) == 0
    both = json.loads(capsys.readouterr().out)["policies"]
    assert list(both) == ["stepline", "everybody"]
    assert simulate.main([path, "--policy", "stepline"]) == 0
    assert json.loads(capsys.readouterr().out)["policies"]["stepline"] == both["stepline"]


def test_an_unknown_policy_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        simulate.main([str(written(tmp_path, "{}")), "--policy", "whoever"])
    assert "whoever" in capsys.readouterr().err


def test_volunteers_without_any_spread_are_played_by_every_policy() -> None:
    changed: Any = put("calls", 20)
    for volunteer in changed["volunteers"]:
        volunteer["answer_seconds"]["sigma"] = 0
    came_out: Any = simulate.outcome(population(changed), list(POLICIES))
    for each in came_out["policies"].values():
        assert set(each) == FIGURES


# A file that can't be read.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        ('{"seed": NaN}', "NaN is no number"),
        ('{"seed": Infinity}', "Infinity is no number"),
        ('{"seed": -Infinity}', "-Infinity is no number"),
        ('{"seed": 1, "seed": 2}', "'seed' stands twice"),
        ("[" * 100_000, "nests too deeply"),
        ('{"a":' * 100_000, "nests too deeply"),
        ('{"seed": ' + "9" * 5000 + "}", "not JSON"),
        ("null", "The file must be an object"),
        ("[]", "The file must be an object"),
        ("7", "The file must be an object, and is 7."),
        ("{}", "seed is missing"),
    ],
)
def test_what_is_no_file_of_a_simulation_is_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | bytes, said: str
) -> None:
    assert main(["simulate", str(written(tmp_path, text))]) == 1
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_a_file_that_is_not_there_or_a_folder_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (tmp_path / "missing.json", tmp_path):
        assert main(["simulate", str(path)]) == 1
        assert f"{path} can't be read" in capsys.readouterr().err


# A field that is wrong.

NUMBERS = {
    "seed": (0, 2**53),
    "calls": (1, 1_000_000),
    "ring_price_seconds": (0, 3600),
    "ring_seconds": (1, 300),
    "limit_seconds": (None, 1_000_000),
    "arrivals_per_hour": (None, 100_000),
    "patience_mean_seconds": (None, 1_000_000),
    "talk_seconds.median": (None, 86_400),
    "talk_seconds.sigma": (0, 5),
    "wishes.0.share": (0, 1),
    "volunteers.0.answer_probability": (0, 1),
    "volunteers.0.pass_probability": (0, 1),
    "volunteers.0.answer_seconds.median": (None, 3600),
    "volunteers.0.answer_seconds.sigma": (0, 5),
    "volunteers.0.presence.here_minutes": (0.1, 525_600),
    "volunteers.0.presence.away_minutes": (0.1, 525_600),
}
WHOLE = ["seed", "calls", "ring_seconds"]
TEXTS = ["volunteers.0.id", "volunteers.0.gender", "wishes.0.gender", "wishes.0.language"]
LISTS = ["wishes", "volunteers", "volunteers.0.duty", "volunteers.0.languages"]
OBJECTS = ["talk_seconds", "wishes.0", "volunteers.0", "volunteers.0.answer_seconds"]
NO_NUMBERS = [True, "1", [1], {}, math.nan, math.inf, -math.inf, 1e308, 10**400, -(10**400), -1]


def as_said(path: str) -> str:
    return path.replace(".0", "[0]")


@pytest.mark.parametrize("path", NUMBERS)
@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda value: repr(value)[:12])
def test_what_is_no_number_within_its_bounds_is_named(path: str, value: object) -> None:
    assert refusal(put(path, value)).startswith(f"{as_said(path)} must be a number from ")


@pytest.mark.parametrize("path", [path for path in NUMBERS if path != "limit_seconds"])
def test_null_is_no_number(path: str) -> None:
    assert refusal(put(path, None)).startswith(f"{as_said(path)} must be a number from ")


@pytest.mark.parametrize("path", [path for path, (least, _) in NUMBERS.items() if least is None])
def test_nothing_is_not_enough(path: str) -> None:
    assert refusal(put(path, 0)) == f"{as_said(path)} must be above 0, and is 0."


@pytest.mark.parametrize("path", WHOLE)
def test_half_of_what_is_counted_is_refused(path: str) -> None:
    assert refusal(put(path, 2.5)) == f"{path} must be a whole number, and is 2.5."
    assert isinstance(population(put(path, 2.0)), Population)


@pytest.mark.parametrize("path", TEXTS)
@pytest.mark.parametrize("value", ["", None, 7, ["en"], "a\nb", "\ud800", "x" * 101, "\x1b[2J"])
def test_what_is_no_text_is_named(path: str, value: object) -> None:
    assert refusal(put(path, value)).startswith(f"{as_said(path)} must be a text ")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("value", [None, [], {}, "en", 7, {"0": "en"}])
def test_what_is_no_list_is_named(path: str, value: object) -> None:
    assert refusal(put(path, value)).startswith(f"{as_said(path)} must be a list ")


@pytest.mark.parametrize("path", [*OBJECTS, "volunteers.0.presence"])
@pytest.mark.parametrize("value", ["", 7, [], [["median", 1]], True])
def test_what_is_no_object_is_named(path: str, value: object) -> None:
    assert refusal(put(path, value)).startswith(f"{as_said(path)} must be an object")


TIMES = ["25:00", "24:01", "12:60", "1200", "12:5", "noon", "", "-1:00", " 07:30", "07:30\n"]


@pytest.mark.parametrize(
    "time", [*TIMES, "\u0660\u0667:\u0663\u0660", "9" * 5000 + ":00", 730, None, ["07:30"]]
)
def test_what_is_no_time_of_day_is_named(time: object) -> None:
    said = refusal(put("volunteers.1.duty", [["00:00", time]]))
    assert said.startswith("volunteers[1].duty[0][1] must be a time from '00:00' to '24:00'")


@pytest.mark.parametrize("duty", [["07:00"], ["07:00", "08:00", "09:00"]])
def test_a_stretch_of_duty_has_two_ends(duty: list[str]) -> None:
    said = refusal(put("volunteers.0.duty.0", duty))
    assert said.startswith("volunteers[0].duty[0] must hold two times")


@pytest.mark.parametrize("duty", [["07:00", "07:00"], ["00:00", "00:00"], ["24:00", "00:00"]])
def test_a_stretch_of_duty_that_never_begins_is_refused(duty: list[str]) -> None:
    said = refusal(put("volunteers.0.duty.0", duty))
    assert said.startswith("volunteers[0].duty[0] must be two different times")


def test_times_of_day_are_minutes_and_the_end_of_a_day_is_its_beginning() -> None:
    asked = [["7:05", "24:00"], ["22:00", "06:00"], ["24:00", "01:00"]]
    read = population(put("volunteers.0.duty", asked))
    assert read.people[0].duty == ((425, 1440), (1320, 360), (0, 60))


def without(path: str) -> object:
    changed = example()
    *way, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    inner: Any = changed
    for step in way:
        inner = inner[step]
    del inner[last]
    return changed


HOURS = [1.0] * 24
WRONG: list[tuple[object, str]] = [
    (put("colour", "red"), "colour is not known; there are: arrivals_by_hour, "),
    (put("volunteers.2.shoes", 44), "volunteers[2].shoes is not known"),
    (put("wishes.0.age", 44), "wishes[0].age is not known"),
    (put("\x1b[2J\n", 1), "'\\x1b[2J\\n' is not known"),
    (put("x" * 10_000, 1), "'xxxxx"),
    (put("arrivals_by_hour", HOURS), "arrivals_per_hour or arrivals_by_hour must be given"),
    (without("arrivals_per_hour"), "arrivals_per_hour or arrivals_by_hour must be given"),
    (put("wishes.1.share", 0.4), "The shares of wishes must be 1 together, and are 0.9."),
    (put("wishes.1.share", 1), "The shares of wishes must be 1 together, and are 1.5."),
    (put("volunteers.0.pass_probability", 0.6), "volunteers[0].pass_probability and answer_prob"),
    (put("volunteers.3.id", "v1"), "volunteers[3].id must be another's than those before"),
    (put("volunteers.0.presence.console_open", "yes"), "volunteers[0].presence.console_open must"),
    (put("volunteers.0.presence.console_open", 1), "volunteers[0].presence.console_open must be"),
    (put("arrivals_per_hour", 1e-9), "arrivals_per_hour must be enough for all calls to come"),
    (put("volunteers", [EXAMPLE["volunteers"][0]] * 10_001), "volunteers must hold at most 10000"),
    (put("volunteers.0.duty", [["00:00", "01:00"]] * 101), "volunteers[0].duty must hold at most"),
]


@pytest.mark.parametrize(("value", "said"), WRONG, ids=[said[:40] for _, said in WRONG])
def test_what_else_is_wrong_is_said_with_its_field(value: object, said: str) -> None:
    assert refusal(value).startswith(said)


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ([1.0] * 23, "arrivals_by_hour must hold 24 numbers"),
        ([1.0] * 25, "arrivals_by_hour must hold at most 24 items"),
        ([0.0] * 24, "arrivals_by_hour must have an hour with calls"),
        ([*[1.0] * 23, math.nan], "arrivals_by_hour[23] must be a number from 0"),
        ([*[0.0] * 23, 1e-300], "arrivals_by_hour must be enough for all calls"),
    ],
)
def test_arrivals_by_hour_are_twenty_four_and_some_call(rates: list[float], said: str) -> None:
    changed: Any = without("arrivals_per_hour")
    changed["arrivals_by_hour"] = rates
    assert refusal(changed).startswith(said)


def test_what_may_be_left_out_or_null_is() -> None:
    changed: Any = without("limit_seconds")
    changed["volunteers"][0]["presence"] = None
    read = population(changed)
    assert read.limit_seconds is None
    assert read.people[0].presence is None


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
PLACES = [*NUMBERS, *TEXTS, *LISTS, *OBJECTS, "volunteers.0.duty.0", "volunteers.0.languages.0"]


@settings(max_examples=60)
@given(st.sampled_from(PLACES), anything)
def test_whatever_stands_in_a_field_is_read_or_refused_with_its_name(
    path: str, value: object
) -> None:
    said = said_of(put(path, value))
    assert said is None or path.split(".", maxsplit=1)[0] in said


def said_of(value: object) -> str | None:
    """The sentence that a file gets, if it is a bad one."""
    try:
        population(value)
    except BadFile as refused:
        return str(refused)
    return None


# The schema says what the reader does.


def objects(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every object of the schema and where the example has one."""
    if "properties" in schema:
        yield path, schema
        for name, inner in schema["properties"].items():
            yield from objects(inner, f"{path}.{name}" if path else name)
    elif isinstance(schema.get("items"), dict):
        yield from objects(schema["items"], f"{path}.0")


SCHEMA_OBJECTS = dict(objects(SCHEMA))


@pytest.mark.parametrize("path", SCHEMA_OBJECTS)
def test_the_schema_names_the_fields_that_the_reader_knows(path: str) -> None:
    said = refusal(put(f"{path}.unheard_of" if path else "unheard_of", 1))
    known = said.split("there are: ")[1].removesuffix(".").split(", ")
    assert sorted(SCHEMA_OBJECTS[path]["properties"]) == known
    assert SCHEMA_OBJECTS[path]["additionalProperties"] is False


@pytest.mark.parametrize("path", SCHEMA_OBJECTS)
def test_the_schema_requires_what_the_reader_requires(path: str) -> None:
    schema = SCHEMA_OBJECTS[path]
    prefix = f"{path}." if path else ""
    present = population_fields(path)
    for name in sorted(set(schema["properties"]) & present):
        changed = without(f"{prefix}{name}")
        if name in schema["required"]:
            assert refusal(changed) == f"{as_said(prefix + name)} is missing."
        elif name != "arrivals_per_hour":
            population(changed)
    assert set(schema["required"]) <= present


def population_fields(path: str) -> set[str]:
    inner: Any = EXAMPLE
    for step in path.split(".") if path else []:
        inner = inner[int(step) if step.isdecimal() else step]
    return set(inner)


@pytest.mark.parametrize("path", NUMBERS)
def test_the_schema_has_the_readers_bounds(path: str) -> None:
    *way, last = path.split(".")
    schema = SCHEMA_OBJECTS[".".join(way)]["properties"][last]
    least, most = NUMBERS[path]
    assert schema["maximum"] == most
    assert schema.get("minimum") == least
    assert schema.get("exclusiveMinimum") == (0 if least is None else None)
    assert ("integer" in schema["type"]) == (path in WHOLE)
    refusal(put(path, most * 2))
    for bound in (most, 1e-3 if least is None else least):
        said = said_of(put(path, bound))
        assert said is None or "together" in said or "within 100 years" in said


def test_the_example_names_its_own_wishes_and_volunteers() -> None:
    read = population(example())
    assert [person.id for person in read.people] == [f"v{at}" for at in range(1, 7)]
    assert all(any(wish.fits(person) for person in read.people) for wish in read.wishes)
