// What a person chooses (grip, seat, freeze), and what the limb says of itself. Only what this limb has is shown.
import { make, part, write } from "/page/parts.js";

export function buildChoices(setup) {
  const grips = setup.grips.map(({ id, name }) => {
    const button = make("button", "choice", name);
    button.type = "button";
    button.dataset.request = "grip";
    button.dataset.value = id;
    button.dataset.name = name;
    button.setAttribute("aria-pressed", "false");
    return button;
  });
  part("grip-list").replaceChildren(...grips);
  part("grips").hidden = grips.length === 0;
  part("seat").hidden = !setup.leg;
  part("choices").hidden = grips.length === 0 && !setup.leg;
}

export function showChoices(frame) {
  for (const button of part("grip-list").children) {
    const pressed = String(button.dataset.value === frame.grip);
    if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
  }
  const seat = frame.seat;
  write("seat-headline", !seat ? "Not known" : seat.seated ? "Seated" : "Standing");
  write("seat-sentence", seat ? seat.sentence : "");
  write("seat-unloaded", seat ? unloaded(seat.unloaded_s) : "");
}

function unloaded(seconds) {
  if (seconds === null) return "Weight on the leg: not known";
  if (seconds <= 0) return "Weight on the leg";
  return seconds < 100 ? `No weight for ${Math.floor(seconds)} s` : "No weight for over 100 s";
}

export function showFreeze({ frozen, may_freeze: may }) {
  const button = part("freeze");
  button.dataset.request = frozen ? "unfreeze" : "freeze";
  button.setAttribute("aria-disabled", String(!frozen && !may));
  write("freeze-name", frozen ? "Unfreeze" : "Freeze");
}

export function showFacts(facts) {
  const list = part("facts");
  const said = JSON.stringify(facts);
  if (list.said === said) return;
  list.said = said;
  list.replaceChildren(...facts.map(({ text, tone }) => {
    const made = make("li", "", text);
    made.dataset.tone = tone;
    return made;
  }));
}
