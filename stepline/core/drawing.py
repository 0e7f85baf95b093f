"""The call's state diagram, drawn from the table of transitions itself."""

from collections.abc import Mapping

from stepline.core.calls import State
from stepline.core.dispatch import TABLE, Rule

# A tick stands for a deadline that passed; staying where one is needs no arrow.
SAID = {"ClockTick": "deadline", "ClockResumed": "clock resumed"}


def arrows(
    table: Mapping[State, Mapping[type, Rule]] = TABLE,
) -> dict[tuple[State, State], list[str]]:
    """Give, for each pair of states, the events that can lead from one to the other."""
    found: dict[tuple[State, State], list[str]] = {}
    for state, rules in table.items():
        for event, rule in rules.items():
            for target in rule.to:
                if target is not state:
                    found.setdefault((state, target), []).append(words(event.__name__))
    return found


def words(name: str) -> str:
    """Write an event's name as words: CallerReturns becomes 'caller returns'."""
    if name in SAID:
        return SAID[name]
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return spaced.strip()


def mermaid() -> str:
    """Draw the diagram in Mermaid's language, which code hosts show as a picture."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.RINGING}: one press"]
    for (state, target), events in arrows().items():
        lines.append(f"    {state} --> {target}: {', '.join(events)}")
    lines.append(f"    {State.CLOSED} --> [*]")
    return "\n".join(lines) + "\n"


def table() -> str:
    """Write the table in Markdown: a row per state and event, with where it can lead."""
    lines = ["| state | event | leads to |", "|---|---|---|"]
    for state, rules in TABLE.items():
        for event, rule in rules.items():
            targets = ", ".join(rule.to)
            lines.append(f"| {state} | {words(event.__name__)} | {targets} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """Write the whole page of the documentation."""
    return (
        "# The way of a call\n\n"
        "Drawn from the table in `stepline/core/dispatch.py` by `./run draw`; a test holds the\n"
        "two together. An event that has no row in a state is stale there: it changes nothing\n"
        "and is answered kindly. Every state but `closed` has a deadline in the database.\n\n"
        f"```mermaid\n{mermaid()}```\n\n{table()}"
    )
