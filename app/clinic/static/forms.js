// Sends forms, and loses nothing: drafts stay in this tab, two people's values are both shown, and when the
// session ends the page waits behind a login. Needs no library.
const DRAFTS = "innervate clinic drafts";
const STAY_EVERY_MS = 60_000;
const facts = () => document.querySelector("[data-csrf]")?.dataset ?? {};
let csrf = "";
let lastAsked = Date.now();
let lastStay = 0;
let leaving = false; // by our own doing: drafts are kept, so nobody is asked
const go = (where) => { leaving = true; if (where) location.assign(where); else location.reload(); };

async function ask(action, body) {
  const answer = await fetch(action, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf || facts().csrf || "" },
    body: JSON.stringify(body),
  });
  if (answer.status !== 401) lastAsked = Date.now();
  let said;
  try { said = await answer.json(); } catch { said = { ok: false, error: `The server answered ${answer.status}.` }; }
  return { ...said, code: answer.status };
}

const drafts = () => { try { return JSON.parse(sessionStorage.getItem(DRAFTS) ?? "{}"); } catch { return {}; } };
const keep = (all) => sessionStorage.setItem(DRAFTS, JSON.stringify(all));
const keyOf = (form) => `${facts().user}|${location.pathname}|${form.dataset.form}`;
const controls = (form) => [...form.elements].filter((e) => e.name);
const changed = (form) => Object.fromEntries(
  controls(form).filter((e) => e.value !== e.dataset.was).map((e) => [e.name, e.value]));

function draft(form) {
  const all = drafts();
  const values = Object.fromEntries(controls(form)
    .filter((e) => e.type !== "hidden" && e.value !== e.dataset.was).map((e) => [e.name, e.value]));
  if (Object.keys(values).length) all[keyOf(form)] = { version: form.dataset.version ?? "", values };
  else delete all[keyOf(form)];
  keep(all);
  form.toggleAttribute("data-dirty", keyOf(form) in all);
}

function forget(form) { const all = drafts(); delete all[keyOf(form)]; keep(all); }

function restore() {
  const all = drafts();
  for (const form of document.querySelectorAll("[data-form]")) {
    if (form.dataset.met) continue; // once, when the page comes: later drafts are of this very page
    form.dataset.met = "1";
    const found = all[keyOf(form)];
    if (!found) continue;
    for (const e of controls(form)) if (e.name in found.values) e.value = found.values[e.name];
    if (found.version) form.dataset.version = found.version; // so that a newer row is a conflict, not lost
    form.setAttribute("data-dirty", "");
    form.closest("details")?.setAttribute("open", "");
    say(form, "Not saved yet: this is what you had typed.");
  }
}

function say(form, text) {
  const box = form.querySelector(".error") ?? form;
  box.textContent = text;
  box.hidden = !text;
}

async function send(form) {
  if (form.hasAttribute("data-busy")) return;
  const open = form.querySelector(".conflict");
  if (open) {
    const rows = [...open.querySelectorAll(".clash")];
    if (!rows.every((row) => row.querySelector(":checked"))) { say(form, "Choose for each field first."); return; }
    form.dataset.version = form.dataset.newer;
  }
  form.setAttribute("data-busy", "");
  say(form, "");
  const body = { values: changed(form) };
  if (form.dataset.version) body.version = Number(form.dataset.version);
  let said;
  try { said = await ask(form.dataset.action, body); }
  catch { said = { ok: false, error: "The server does not answer. What you typed stays here; save again." }; }
  form.removeAttribute("data-busy");
  if (said.ok) {
    forget(form);
    form.removeAttribute("data-dirty");
    const then = form.dataset.then?.replace("{id}", encodeURIComponent(said.id ?? ""));
    go(then);
  } else if (said.code === 401) login(() => send(form));
  else if (said.clashes) conflict(form, said);
  else {
    say(form, said.error);
    const wrong = said.field && form.elements[said.field];
    if (wrong) { wrong.setAttribute("aria-invalid", "true"); wrong.focus(); }
  }
}

function make(tag, text, props = {}) {
  const e = document.createElement(tag);
  if (text) e.textContent = text;
  Object.assign(e, props);
  return e;
}

// Both values, and a choice for each field. Nothing is written until somebody has chosen; until then a draft
// keeps the version that was read, so that a reload ends here again.
function conflict(form, said) {
  form.querySelector(".conflict")?.remove();
  form.dataset.newer = said.version;
  const box = make("fieldset", "", { className: "conflict" });
  box.append(make("legend", `${said.by} saved this while you were writing (${new Date(said.at).toLocaleString()}). Nothing is lost: choose for each.`));
  for (const [at, { field, theirs, yours }] of said.clashes.entries()) {
    const e = form.elements[field];
    const was = e?.dataset.was;
    if (e) e.dataset.was = theirs;
    if (theirs === yours) continue;
    const row = make("div", "", { className: "clash" });
    row.append(make("b", e?.dataset.label ?? field));
    const only = theirs === was; // they left this field alone
    for (const [who, value, on] of [["theirs", theirs, false], ["yours", yours, only]]) {
      const label = make("label");
      // Of no form: it is a choice, not a value to be sent.
      const radio = make("input", "", { type: "radio", value, checked: on });
      radio.setAttribute("form", "");
      radio.setAttribute("name", `clash-${form.dataset.form}-${at}`);
      radio.addEventListener("change", () => { if (e) e.value = value; draft(form); });
      label.append(radio, make("span", `${who}: ${value || "nothing"}`));
      row.append(label);
    }
    box.append(row);
  }
  form.querySelector(".actions").before(box);
  draft(form);
  box.tabIndex = -1;
  box.focus();
}

function login(then) {
  if (document.querySelector("dialog.login")) return;
  const dialog = make("dialog", "", { className: "login" });
  dialog.setAttribute("aria-label", "Log in again");
  const form = make("form");
  form.append(make("h2", "Your session has ended"), make("p", "What you typed is still here. Log in again to go on."));
  for (const [name, label, type, fill] of [["name", "Name", "text", "username"], ["password", "Password", "password", "current-password"]]) {
    const box = make("label", label);
    box.append(make("input", "", { name, type, autocomplete: fill, required: true, value: name === "name" ? facts().user ?? "" : "" }));
    form.append(box);
  }
  form.append(make("p", "", { className: "error", hidden: true }), make("button", "Log in", { type: "submit" }));
  form.querySelector(".error").setAttribute("role", "alert");
  dialog.append(form);
  document.body.append(dialog);
  document.body.classList.add("ended");
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = await ask("/api/login", { name: form.elements.name.value, password: form.elements.password.value });
    if (!said.ok) { say(form, said.error); return; }
    if (form.elements.name.value.trim().toLowerCase() !== facts().user) { sessionStorage.removeItem(DRAFTS); go("/"); return; }
    csrf = said.csrf;
    document.body.classList.remove("ended");
    dialog.remove();
    then?.();
  });
  dialog.showModal();
  form.elements.password.focus();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-form]")) { event.preventDefault(); send(form); }
  if (form.matches("[data-get]")) {
    event.preventDefault();
    const wish = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    go(`${form.dataset.get}?${wish}`);
  }
});
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.matches("[data-form]")) return;
  event.target.removeAttribute("aria-invalid");
  draft(form);
  if (Date.now() - lastStay > STAY_EVERY_MS) { lastStay = Date.now(); ask("/api/stay", {}).catch(() => {}); }
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-get] select, [data-get] [type=checkbox]")) event.target.form.requestSubmit();
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.remove && !button.dataset.sure) {
    button.dataset.sure = "1";
    button.textContent = "Really remove?";
    button.addEventListener("blur", () => { delete button.dataset.sure; button.textContent = "Remove"; }, { once: true });
    return;
  }
  const action = button.dataset.remove ?? button.dataset.post;
  if (!action) return;
  const body = button.dataset.version ? { version: Number(button.dataset.version) } : {};
  const said = await ask(action, body).catch(() => ({ ok: false, error: "The server does not answer." }));
  if (said.ok && action === "/api/logout") { sessionStorage.removeItem(DRAFTS); go("/login"); }
  else if (said.ok) go();
  else if (said.code === 401) login();
  else {
    const form = button.closest("form");
    if (form) say(form, said.error);
    else button.after(Object.assign(make("p", said.error, { className: "error" }), { role: "alert" }));
  }
});
window.addEventListener("beforeunload", (event) => { if (!leaving && document.querySelector("[data-dirty]")) event.preventDefault(); });
setInterval(() => {
  const idle = Number(facts().idleS);
  if (idle && Date.now() - lastAsked > idle * 1000) login(); // what is on the screen is covered meanwhile
}, 1000);
new MutationObserver(restore).observe(document.documentElement, { childList: true, subtree: true });
