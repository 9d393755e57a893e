// Stop, Arm, Release, and what else a person may ask. Plain DOM and fetch: works before, without and after everything else on this page.
(() => {
  "use strict";
  const PATIENCE_MS = 1800; // the server waits 1 s for the guard
  const SAID = {
    stop: "Stopped. The limb confirmed it.",
    arm: "Armed. The limb confirmed it.",
    release: "Opening. The limb confirmed it.",
    freeze: "Frozen. The limb keeps what it does until you unfreeze it.",
    unfreeze: "No longer frozen. Relax once; then the limb follows.",
    grip: "Chosen. Nothing moves: relax once, and the next closing makes it.",
    sit: "Noted: you sit.",
    stand: "Noted: you stand.",
  };
  const FAILED = {
    stop: "STOP COULD NOT BE DELIVERED. Use the limb’s own switch.",
    arm: "Not armed.",
    release: "Not released.",
    freeze: "Not frozen.",
    unfreeze: "Still frozen.",
    grip: "The grip stays as it was.",
    sit: "Not noted.",
    stand: "Not noted.",
  };
  const WAITS = {
    arm: "Arm works when the limb is stopped or at fault.",
    freeze: "Freeze works while the limb is armed; now it holds already.",
  };
  let newest = 0;

  function say(text, tone) {
    const place = document.querySelector("[data-part=answer]");
    if (!place) return;
    place.textContent = text;
    place.dataset.tone = tone;
  }

  async function send(verb, value) {
    const mine = ++newest;
    if (verb === "stop") document.documentElement.dataset.stopping = "";
    say(verb === "stop" ? "Stopping…" : "Asking…", "wait");
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), PATIENCE_MS);
    let text, tone;
    try {
      const path = value ? `/api/${verb}/${encodeURIComponent(value)}` : `/api/${verb}`;
      const answer = await fetch(path, { method: "POST", signal: abort.signal, keepalive: true });
      const content = await answer.json().catch(() => ({}));
      const ok = answer.ok && content.ok === true;
      text = ok ? SAID[verb] : `${FAILED[verb]} Reason: ${content.error || `the page answered ${answer.status}`}`;
      tone = ok ? "good" : "bad";
    } catch {
      text = `${FAILED[verb]} No answer came.`;
      tone = "bad";
    } finally {
      clearTimeout(timer);
    }
    if (verb === "stop") {
      delete document.documentElement.dataset.stopping;
      document.documentElement.toggleAttribute("data-stop-failed", tone === "bad");
    }
    if (mine !== newest && tone !== "bad") return; // a failure is never hidden by a later answer
    say(text, tone);
    if (tone === "good") setTimeout(() => mine === newest && say("", ""), 6000);
  }

  const buttonOf = (event) => event.target.closest?.("[data-request]");
  const verbOf = (event) => buttonOf(event)?.dataset.request;

  // Stop acts when the finger comes down; a click that follows is the same wish.
  let pressed = -Infinity, froze = -Infinity;
  document.addEventListener("pointerdown", (event) => {
    if (verbOf(event) !== "stop" || event.button > 0) return;
    pressed = event.timeStamp;
    send("stop");
  }, true);
  document.addEventListener("click", (event) => {
    const verb = verbOf(event);
    if (!verb || (verb === "stop" && event.timeStamp - pressed < 1500)) return;
    if (event.target.closest("[aria-disabled=true]")) {
      say(WAITS[verb] ?? "", "wait");
      return;
    }
    // The button that froze now says Unfreeze, and a frightened person presses twice.
    if (verb === "unfreeze" && event.timeStamp - froze < 2000) return;
    if (verb === "freeze") froze = event.timeStamp;
    send(verb, buttonOf(event).dataset.value);
  }, true);

  // Space means Stop wherever the focus is, also on Arm: Enter presses buttons.
  const isStop = (event) => event.code === "Space" || event.key === "Escape";
  document.addEventListener("keydown", (event) => {
    if (!isStop(event) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) send("stop");
  }, true);
  document.addEventListener("keyup", (event) => {
    if (isStop(event)) event.preventDefault();
  }, true);
})();
