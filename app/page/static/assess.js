// A test of control for the person who wears the limb: counts down, shows the goal beside the limb, then results.
// The server watches the limb; this only shows, ten times a second while a test is on.
import { Limb } from "/page/limb.js";
import { make, part, write } from "/page/parts.js";

const LOOK_MS = 100;
let goal = null, setup = null, timer = 0;

export function buildAssess(next) {
  setup = next;
  goal?.close();
  goal = null;
  part("goal").parentElement.hidden = setup.kind === "none";
}

function open(shown) {
  part("assess").hidden = !shown;
  part("assess-open").setAttribute("aria-expanded", String(shown));
  if (shown && setup && !goal) goal = new Limb(part("goal"), setup);
  if (shown) look();
}

async function ask(path) {
  const answer = await fetch(`/api/assess/${path}`, { method: "POST" });
  const content = await answer.json().catch(() => ({}));
  write("assess-error", answer.ok ? "" : content.error ?? "The page did not answer.");
  look();
}

async function look() {
  clearTimeout(timer);
  let view = { stage: "none" };
  try {
    view = await (await fetch("/api/assess")).json();
    show(view);
  } catch {
    write("assess-error", "This page gets no news of the test.");
  }
  const on = !["none", "done"].includes(view.stage);
  if (on && !part("assess").hidden) timer = setTimeout(look, LOOK_MS);
}

function show(view) {
  const on = !["none", "done"].includes(view.stage);
  const panel = part("assess");
  panel.dataset.stage = view.stage;
  part("assess-form").hidden = on;
  part("assess-end").hidden = !on;
  write("assess-step", view.stage === "none" ? "" : `${view.what}: ${view.stage === "done" ? `${view.trials} ${view.trials === 1 ? "trial" : "trials"}` : `trial ${view.trial} of ${view.trials}`}`);
  write("assess-text", text(view));
  bars(view.dofs ?? []);
  const posture = view.goal_deg ?? [];
  const canvas = part("goal").parentElement;
  const drawn = posture.some((deg) => deg !== null);
  canvas.classList.toggle("idle", !drawn);
  if (drawn) goal?.move(posture, posture);
  results(view);
}

function text(view) {
  switch (view.stage) {
    case "waiting": return "Arm the limb: it does not follow the muscles now.";
    case "countdown": return `${view.text}. Relax: ${Math.ceil(view.left_s)}`;
    case "trial": return `${view.text}. Now: ${view.for_s.toFixed(1)} s`;
    case "pause": return view.last.completed ? `Done in ${view.last.time_s.toFixed(1)} s. Relax.` : "Not reached. Relax.";
    case "done": return view.simulated ? "All done. SIMULATED wearer." : "All done.";
    default: return "";
  }
}

// One row a degree of freedom: the target as a band, the limb as a mark; green when it is inside.
function bars(dofs) {
  const list = part("assess-dofs");
  while (list.children.length > dofs.length) list.lastChild.remove();
  while (list.children.length < dofs.length) {
    const row = make("li"), track = make("div", "aim");
    track.append(make("i"), make("b"));
    row.append(make("span"), track, make("span"));
    list.append(row);
  }
  const left = (value) => `${((Math.min(1.05, Math.max(-1.05, value)) + 1.05) / 2.1) * 100}%`;
  dofs.forEach((dof, i) => {
    const row = list.children[i], [band, mark] = row.children[1].children;
    row.children[0].textContent = dof.least;
    row.children[2].textContent = dof.most;
    row.toggleAttribute("data-inside", Math.abs(dof.value - dof.target) <= dof.width);
    row.dataset.dof = dof.name;
    row.dataset.value = dof.value;
    row.dataset.target = dof.target;
    band.style.left = left(dof.target - dof.width);
    band.style.width = `${(dof.width / 1.05) * 100}%`;
    mark.style.left = left(dof.value);
  });
}

function results(view) {
  const list = part("assess-results");
  const figures = view.stage === "done" ? view.figures : [];
  list.replaceChildren(...figures.map(({ name, value }) => {
    const row = make("div");
    row.append(make("dt", "", name), make("dd", "", value));
    return row;
  }));
  list.hidden = figures.length === 0;
}

export function beginAssess() {
  part("assess-open").addEventListener("click", () => open(part("assess").hidden));
  part("assess-start").addEventListener("click", () => {
    const of = (name) => part(name).value;
    ask(`${of("assess-test")}/${of("assess-motions")}/${of("assess-trials")}`);
  });
  part("assess-stop").addEventListener("click", () => ask("stop"));
}
