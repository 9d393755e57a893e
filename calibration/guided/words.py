"""What a wearer is told, in plain words and their own. No accuracies: those are for the prosthetist."""

from __future__ import annotations

from .plan import COMFORTABLE, STILL, Plan, Step

HOW = "Comfortable, repeatable, not maximal."
STOP = "Stop, this hurts"
"""What the button says that is on every screen."""

_RESTS = {
    STILL: "Sit still and let the limb rest.",
    "reaching": "Reach forward and back, slowly. The hand stays at rest.",
    "lifting": "Lift the arm and lower it. The hand stays at rest.",
    "walking": "Walk a few steps on the spot. Do not try to move the missing part.",
    "standing": "Stand. Do not try to move the ankle.",
    "weight-shifting": "Shift your weight from one leg to the other. Do not try to move the ankle.",
}
_EFFORTS = {"light": "Lightly.", COMFORTABLE: "", "firm": "Firmly, but not as hard as you can."}
AGAIN = {
    "late": "That began late. Once more, please: begin when the countdown ends.",
    "early": "That began before the countdown ended. Once more, please.",
    "short": "That ended early. Once more, please: hold until you are told to rest.",
    "weak": "Hardly anything could be heard. Once more, please, a little more firmly.",
    "noisy": "An electrode was disturbed. Once more, please.",
}
"""Why one repetition is asked for again; the same keys as `judge.FAULTS`."""


def task_words(plan: Plan, step: Step) -> str:
    """What to do in this step, in the wearer's own words where there are some."""
    if step.is_rest:
        return _RESTS[step.position]
    own = dict(plan.own_words).get(step.movement, "")
    limb = "arm" if step.position.startswith("arm ") else "limb"
    side = f", {plan.side} {limb}" if plan.side else ""
    where = f" {step.position.capitalize()}." if step.position != COMFORTABLE else ""
    how = _EFFORTS[step.effort]
    said = f"{own[0].upper()}{own[1:]}" if own else f"{step.movement.capitalize()}"
    return f"{said}{side}.{where}{' ' + how if how else ''}"


def went_on_words(step: Step, faults: tuple[str, ...]) -> str:
    """Said when it was asked for often enough: it goes on all the same."""
    why = {
        "late": "began late each time",
        "early": "began early each time",
        "short": "ended early each time",
        "weak": "could hardly be heard",
        "noisy": "was disturbed at an electrode each time",
    }
    what = "This rest" if step.is_rest else f"{step.movement.capitalize()}"
    return f"{what} {why.get(faults[0], 'was not as wanted')}. That is noted, and we go on."


def stopped_words(plan: Plan) -> str:
    """Said at once when it hurts."""
    call = plan.call or "your prosthetist or surgeon"
    return (
        "Stopped. Let go and rest; take the socket off if it presses. "
        f"Call {call} before you go on. All that was recorded is kept."
    )
