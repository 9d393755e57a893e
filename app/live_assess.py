"""`innervate assess --live RUNTIME`: a test of control in the terminal, for somebody who wears that limb."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ..core.clock import now, sleep
from ..core.errors import InnervateError
from .assess_show import COLUMNS, WORDS
from .live_limb import LiveLimb
from .live_test import LiveTest, Stage

_LOOK_S = 0.02
_WAIT_S = 10.0
"""For loop and guard to say something."""
_BAR = 40


def assess_live(
    folder: Path, test: str, motions: int, trials: int, seed: int, console: Console
) -> dict[str, Any]:
    """Prompt, watch, and say how it went; the same figures as for simulated people.

    Args:
        folder: runtime folder of the limb.
        test: one of `LIVE_TESTS`.
        motions: degrees of freedom of a target.
        trials: how many.
        seed: of their order.
        console: to prompt on.

    Raises:
        ProfileError: the test is not for a worn limb, or not for this one.
        InnervateError: no limb runs there, or it ended.
    """
    limb = LiveLimb(folder)
    try:
        _wait(limb, folder)
        running = LiveTest(limb, test, motions, trials, seed)
        _follow(limb, running, folder, console)
    finally:
        limb.close()
    view = running.view()
    return {
        "simulated": running.simulated,
        "options": {"test": test, "motions": motions, "trials": trials, "seed": seed},
        "figures": view["figures"],
        "interrupted": view["interrupted"],
        "trials": running.told(),
    }


def _wait(limb: LiveLimb, folder: Path) -> None:
    until_s = now() + _WAIT_S
    while not limb.there:
        if now() > until_s:
            raise InnervateError(f"{folder}: no limb runs there", "start one with `innervate run`")
        limb.look(now())
        sleep(_LOOK_S)


def _follow(limb: LiveLimb, running: LiveTest, folder: Path, console: Console) -> None:
    heard_s = now()
    with Live(console=console, refresh_per_second=12, transient=True) as live:
        while running.stage is not Stage.DONE:
            frames = limb.look(now())
            for seen in frames:
                running.see(seen)
            heard_s = now() if frames else heard_s
            if now() - heard_s > _WAIT_S:
                raise InnervateError(f"{folder}: the limb has ended", "start it again, then the test")
            live.update(prompt(running.view()))
            sleep(_LOOK_S)


def prompt(view: dict[str, Any]) -> Text:
    """What the person is to do now."""
    made = Text()
    if view["simulated"]:
        made.append("SIMULATED  ", style="bold yellow")
    made.append(f"trial {view['trial']} of {view['trials']}  ")
    match view["stage"]:
        case "waiting":
            made.append("Arm the limb: it does not follow the muscles now.", style="bold yellow")
        case "countdown":
            made.append(f"{view['text']}  in {view['left_s']:.0f} s: relax until then", style="bold cyan")
        case "trial":
            made.append(f"{view['text']}  now  {view['for_s']:.1f} s", style="bold green")
        case "pause":
            last = view["last"]
            made.append(
                f"Done in {last['time_s']:.1f} s" if last["completed"] else "Not reached", style="bold"
            )
        case _:
            made.append("All done", style="bold")
    for dof in view["dofs"]:
        made.append(f"\n{dof['least']:>18} {_bar(dof)} {dof['most']}")
    return made


def _bar(dof: dict[str, Any]) -> str:
    """-1 to 1 in so many characters: the target between brackets, the limb as a block."""

    def at(value: float) -> int:
        return min(max(round((value + 1.0) / 2.0 * (_BAR - 1)), 0), _BAR - 1)

    made = ["\u00b7"] * _BAR
    made[at(dof["target"] - dof["width"])] = "["
    made[at(dof["target"] + dof["width"])] = "]"
    made[at(dof["value"])] = "\u2588"
    return "".join(made)


def show_live(console: Console, found: dict[str, Any]) -> None:
    """The figures, one a row."""
    options = found["options"]
    who = "SIMULATED wearer" if found["simulated"] else "wearer"
    console.print(f"{who}: {WORDS[options['test']]}; {len(found['trials'])} trials", markup=False)
    table = Table("figure", "")
    for name, (heading, write) in COLUMNS.items():
        value = found["figures"].get(name)
        if value is not None:
            table.add_row(heading, write(value))
    console.print(table)
    if found["interrupted"]:
        console.print(
            f"{found['interrupted']} trials were done again: the limb stopped following", markup=False
        )
