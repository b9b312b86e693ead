"""All attacks at full size, and what came of them: python -m tests.reliability FILE [WORD ...]."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.reliability import bits, command_lines, interruptions, kills, pairs, panels, soak
from tests.reliability.counts import Counts

ATTACKS: dict[str, tuple[int, Callable[[int, Path], Counts]]] = {
    "Two commands at once in one folder": (100, lambda n, at: pairs.attack(n, 0, at)),
    "Interrupts of the final write": (100, lambda n, at: interruptions.attack(n, 0, at)),
    "Kills at random, threads": (100, lambda n, at: kills.attack(n, 0, at, ("threads",))),
    "Kills at random, processes": (100, lambda n, at: kills.attack(n, 0, at, ("workers",))),
    "Kills at random, a scheduler of one's own": (
        100,
        lambda n, at: kills.attack(n, 0, at, ("scheduler",)),
    ),
    "Kills in the middle of few long studies": (100, lambda n, at: soak.attack(n, 0, at)),
    "Damaged files of a store": (1000, lambda n, at: bits.attack(n, 0, at)),
    "Hostile panels and calls": (10_000, lambda n, _: panels.attack_apart(n, 0)),
    "Hostile command lines": (500, lambda n, at: command_lines.attack(n, 0, at)),
}


def section(title: str, counts: Counts) -> str:
    """Write a section of the report: a row for each way in which tries ended."""
    rows = [f"| {how} | {number} |" for how, number in sorted(counts.good.items())]
    rows += [f"| **bad** {how} | {number} |" for how, number in sorted(counts.bad.items())]
    head = [f"**{title}: {counts.tried} tries, {counts.bad.total()} bad**", ""]
    return "\n".join([*head, "| how it ended | tries |", "|:--|--:|", *rows, ""])


def main(target: Path, chosen: list[str]) -> None:
    """Run the attacks whose titles contain one of some words, or all; write what came of them."""
    sections = []
    for title, (n, attack) in ATTACKS.items():
        if chosen and not any(word in title for word in chosen):
            continue
        with tempfile.TemporaryDirectory() as folder:
            counts = attack(n, Path(folder))
        print(title, counts, sep="\n", flush=True)
        sections.append(section(title, counts))
        target.write_text("\n".join(sections))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
