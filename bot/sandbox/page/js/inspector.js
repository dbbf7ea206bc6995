// The traffic between the sandbox and the app, raw; and the clock, which can be moved on.

import { h, keep } from "./dom.js";
import { act } from "./link.js";
import { current } from "./names.js";
import { crossIcon } from "./modal.js";
import { complain } from "./toasts.js";

const HOUR = 3600;
const STEPS = [["1 hour", HOUR], ["1 day", 24 * HOUR], ["1 week", 7 * 24 * HOUR]];
let open = null;

export function toggleInspector(onClose) {
  const root = document.getElementById("inspector");
  const button = document.getElementById("inspect");
  if (open) { open = null; root.hidden = true; root.replaceChildren(); button.setAttribute("aria-pressed", "false"); button.focus(); return; }
  const list = h("ol", { class: "traffic" });
  const clock = h("time");
  const close = h("button", { type: "button", class: "icon-button", "aria-label": "Close traffic", onclick: onClose });
  close.append(crossIcon());
  const steps = STEPS.map(([words, seconds]) => h("button", { type: "button", class: "quiet-button", onclick: () => act("move_on", { seconds }).catch(complain) }, `+ ${words}`));
  root.replaceChildren(h("div", { class: "pane-head" }, h("h2", {}, "Traffic"), close),
    h("div", { class: "clock-row" }, clock, "Move the clock on:", steps),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Traffic" }, list));
  root.hidden = false;
  button.setAttribute("aria-pressed", "true");
  open = { list, clock, seen: -1 };
  close.focus();
  showInspector();
}

export async function showInspector() {
  const state = current();
  if (!open || !state) return;
  open.clock.textContent = `Sandbox time: ${new Date(state.now * 1000).toLocaleString([], { dateStyle: "full", timeStyle: "short" })}`;
  if (open.seen === state.traffic) return;
  open.seen = state.traffic;
  const exchanges = await act("traffic").catch(() => []);
  if (open) keep(open.list, exchanges.reverse(), (each) => each.number, (each) => `${each.outcome} ${each.problems.length}`, entry);
}

function entry(exchange) {
  const bad = exchange.problems.length > 0;
  const arrow = exchange.direction === "to_app" ? "→" : "←";
  const words = exchange.direction === "to_app" ? "to the app" : "from the app";
  const how = exchange.outcome ? `${exchange.outcome} · ${Math.round(exchange.seconds * 1000)} ms` : "under way";
  const details = h("details", { class: bad ? "bad" : "" }, h("summary", {}, h("span", { "aria-label": words, role: "img" }, arrow),
    h("span", { class: "what" }, exchange.name), h("span", { class: "how" }, how), exchange.problems.map((each) => h("span", { class: "problem" }, each))));
  details.addEventListener("toggle", () => {
    if (!details.open || details.filled) return;
    details.filled = true;
    details.append(h("div", { class: "part" }, "Sent"), raw(exchange.request), h("div", { class: "part" }, "Answer"), raw(exchange.answer));
  });
  return h("li", {}, details);
}

const raw = (value) => h("pre", { tabindex: "0" }, value === null || value === undefined ? "(empty)" : typeof value === "string" ? value : JSON.stringify(value, null, 2));
