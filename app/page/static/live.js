// Takes the stream of frames and puts it into the page. Draws nothing itself: signal.js, limb.js, trend.js.
import { beginAssess, buildAssess } from "/page/assess.js";
import { buildChoices, showChoices, showFacts, showFreeze } from "/page/choices.js";
import { Limb } from "/page/limb.js";
import { Signal } from "/page/signal.js";
import { Trend } from "/page/trend.js";
import { make, part, write } from "/page/parts.js";

const STALE_MS = 1000;
const NUMBERS_MS = 250; // digits that change faster cannot be read
const percent = (share) => `${Math.round(share * 100)} %`;
const left = (share) => `${(share * 100).toFixed(1)}%`;
const many = (n) => n.toLocaleString("en-GB");
const ms = (value) => (value === null ? "–" : value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2));

let setup = null;
let rows = {};
let signal, limb, trend;
let newestMs = 0;
let numbersMs = 0;

function build(next) {
  setup = next;
  write("device", setup.device);
  write("source", setup.source);
  part("source").title = setup.source;
  part("simulated").hidden = !setup.simulated;
  const realtime = part("realtime");
  realtime.textContent = setup.realtime === null ? "" : setup.realtime ? "Real-time priority" : "No real-time priority";
  realtime.dataset.tone = setup.realtime ? "good" : "caution";
  realtime.hidden = setup.realtime === null;
  write("release", setup.kind === "hand" ? "Open hand" : "Release");
  part("signal").parentElement.hidden = setup.channels.length === 0;
  part("limb").parentElement.hidden = setup.kind === "none"; // its joints stand below as text
  rows = {
    electrodes: list("electrodes", setup.channels, (name) => [make("i", "dot"), make("span", "", name), make("span", "value")]),
    joints: list("joints", setup.joints, (joint, row) => {
      row.dataset.joint = joint.id;
      const track = make("div", "track");
      track.append(make("i"), make("b"));
      return [make("span", "", joint.name), make("span", "value"), track, make("span", "press")];
    }),
    posterior: list("posterior", setup.classes, (name) => {
      const track = make("div", "track");
      const mark = make("b");
      mark.style.left = left(setup.threshold);
      track.append(make("i"), mark);
      return [make("span", "", name), track, make("span", "value")];
    }),
  };
  buildChoices(setup);
  buildAssess(setup);
  part("electrodes").classList.toggle("dense", setup.channels.length > 16);
  part("confidence-mark").style.left = left(setup.threshold);
  write("threshold-text", `acts above ${percent(setup.threshold)}`);
  signal?.close();
  limb?.close();
  trend?.close();
  signal = new Signal(part("signal"), setup, (text) => write("scale", text));
  limb = new Limb(part("limb"), setup);
  trend = new Trend(part("trend"));
}

function list(name, items, content) {
  const made = items.map((item) => {
    const row = make("li");
    row.append(...content(item, row));
    return row;
  });
  part(name).replaceChildren(...made);
  return made;
}

function show(frame, nowMs) {
  const banner = part("banner");
  banner.dataset.tone = frame.tone;
  banner.dataset.state = frame.state;
  write("headline", frame.headline);
  write("sentence", frame.sentence);
  const alarm = part("alarm");
  write("alarm", frame.alarms.join(" "));
  alarm.hidden = frame.alarms.length === 0;
  part("arm").setAttribute("aria-disabled", String(!frame.may_arm));
  showFreeze(frame);
  showChoices(frame);
  showDecoded(frame);
  if (frame.emg) signal.push(frame.emg);
  limb.move(frame.position_deg, frame.setpoint_deg);
  trend.push(frame.latency, nowMs);
  part("latency").toggleAttribute("data-late", frame.latency.late);
  if (nowMs - numbersMs < NUMBERS_MS) return;
  numbersMs = nowMs;
  showElectrodes(frame.electrodes);
  showJoints(frame);
  showFacts(frame.facts);
  showLatency(frame.latency);
  showLinks(frame.link);
}

function showDecoded(frame) {
  write("movement", frame.movement || "–");
  write("acting", frame.acting);
  const sure = frame.confidence >= setup.threshold;
  const meter = part("confidence");
  meter.toggleAttribute("data-low", !sure);
  meter.setAttribute("aria-valuenow", Math.round(frame.confidence * 100));
  part("confidence-bar").style.transform = `scaleX(${frame.confidence})`;
  write("confidence-text", `${percent(frame.confidence)} sure`);
  const top = Math.max(...frame.posterior);
  rows.posterior.forEach((row, i) => {
    const share = frame.posterior[i] ?? 0;
    row.classList.toggle("best", share === top && top > 0);
    row.children[1].firstChild.style.transform = `scaleX(${share})`;
    row.children[2].textContent = percent(share);
  });
}

function showElectrodes(electrodes) {
  const bad = [], worth = [];
  rows.electrodes.forEach((row, i) => {
    const { complaint, warning, rms } = electrodes[i];
    const tone = complaint ? "bad" : "good";
    if (row.dataset.tone !== tone) row.dataset.tone = tone;
    row.title = `${setup.channels[i]}: ${complaint || warning || "Good contact."}`;
    row.setAttribute("aria-label", row.title);
    row.rms = (row.rms ?? rms) + (rms - (row.rms ?? rms)) * 0.4;
    row.children[2].textContent = complaint ? "check" : row.rms.toFixed(row.rms < 10 ? 1 : 0);
    if (complaint || warning) (complaint ? bad : worth).push(`${setup.channels[i]}: ${complaint || warning}`);
  });
  const said = bad.length ? bad : worth;
  const contact = part("contact");
  contact.dataset.tone = bad.length ? "bad" : worth.length ? "caution" : "good";
  const more = said.length > 1 ? ` And ${said.length - 1} more.` : "";
  const count = setup.channels.length;
  write("contact", said.length ? said[0] + more : count ? `All ${count} electrodes have good contact.` : "None yet: the decoder has not started.");
}

function showJoints(frame) {
  const [least, most] = setup.kind === "ankle" ? [-30, 30] : [0, 100];
  const at = (deg) => Math.min(1, Math.max(0, (Math.abs(deg) * (setup.kind === "ankle" ? Math.sign(deg) : 1) - least) / (most - least)));
  rows.joints.forEach((row, i) => {
    const [position, wanted] = [frame.position_deg[i], frame.setpoint_deg[i]];
    row.dataset.position = position ?? "";
    row.dataset.setpoint = wanted ?? "";
    row.children[1].textContent = position === null ? "–" : `${Math.round(position)}${setup.joints[i].unit}`;
    showPress(row, frame.force_n[i] ?? null, frame.held[i] ?? "");
    const [bar, mark] = row.children[2].children;
    bar.style.transform = `scaleX(${position === null ? 0 : at(position)})`;
    mark.style.left = left(wanted === null ? 0 : at(wanted));
  });
}

// What the joint presses with, and why it goes no further; a line of its own, so that nothing jumps.
function showPress(row, force, held) {
  row.dataset.force = force ?? "";
  row.dataset.held = held;
  row.children[3].textContent = [force === null ? "" : `${force.toFixed(1)} N`, held].filter(Boolean).join(" · ");
}

function showLatency(latency) {
  write("now", ms(latency.now_ms));
  write("p50", ms(latency.p50_ms));
  write("p99", latency.p99_ms === null && latency.skipped ? "never" : ms(latency.p99_ms));
  write("budget", `ms, last 10 s; budget ${latency.budget_ms} ms`);
  const idle = "No decision has reached the limb in the last 10 s.";
  write("verdict", !latency.count ? idle : latency.late ? "Over the budget" : "Within the budget");
}

function showLinks(link) {
  const line = (name, good, text) => {
    part(name).dataset.tone = good ? "good" : "bad";
    write(`${name}-value`, text);
  };
  line("decoder", link.decoder_alive, link.decoder_alive ? "running" : "stopped");
  line("guard", link.guard_alive, link.guard_alive ? "running" : "stopped");
  const { samples_received: got, samples_lost: lost } = link;
  line("samples", !lost, `${many(got)} received, ${many(lost)} lost`);
  const open = link.frames_sent - link.frames_acked;
  line("frames", link.frames_acked > 0 && open < Math.max(5, link.frames_sent * 0.001), `${many(link.frames_sent)} sent, ${many(link.frames_acked)} answered`);
}

function watch() {
  const age = performance.now() - newestMs;
  const live = newestMs > 0 && age < STALE_MS;
  const connection = part("connection");
  if (!connection) return;
  connection.dataset.tone = live ? "good" : "bad";
  write("connection", live ? "Live" : "Not live");
  document.documentElement.toggleAttribute("data-stale", newestMs > 0 && !live);
  if (newestMs > 0 && !live && !document.hidden) {
    write("headline", "Not known");
    write("sentence", "This page gets no news. What it shows is old; the limb goes on without it.");
    part("banner").dataset.tone = "fault";
  }
}

let source = null;
function connect() {
  source?.close();
  source = null;
  if (document.hidden) return; // nobody looks: the server can rest
  source = new EventSource("/api/live");
  source.addEventListener("setup", (event) => build(JSON.parse(event.data)));
  source.onmessage = (event) => {
    if (!setup) return;
    newestMs = performance.now();
    show(JSON.parse(event.data), newestMs);
  };
  source.onerror = () => {
    // A server that went away for good closes the stream: try on, it may be started again.
    if (source?.readyState === EventSource.CLOSED) setTimeout(connect, 1000);
  };
}

function begin() {
  if (!part("verdict")) return void requestAnimationFrame(begin); // NiceGUI still mounts the page
  document.addEventListener("visibilitychange", connect);
  beginAssess();
  connect();
  setInterval(watch, 250);
}
begin();
