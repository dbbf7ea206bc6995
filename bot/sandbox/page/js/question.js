// A question before something is done (Slack's confirm dialog), and what every dialog shares: focus stays inside.

import { focusable, freshId, h } from "./dom.js";
import { plainOf, textNode } from "./text.js";

export function trapFocus(root, event) {
  if (event.key !== "Tab") return;
  const nodes = focusable(root);
  if (!nodes.length) return;
  const first = nodes[0];
  const last = nodes[nodes.length - 1];
  if (event.shiftKey && document.activeElement === first) { event.preventDefault(); last.focus(); }
  else if (!event.shiftKey && document.activeElement === last) { event.preventDefault(); first.focus(); }
}

export function ask(confirm) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const titleId = freshId("question");
    const end = (answer) => { veil.remove(); before?.focus?.(); resolve(answer); };
    const yes = h("button", { type: "button", class: `button ${confirm.style ?? "primary"}`, onclick: () => end(true) }, plainOf(confirm.confirm));
    const veil = h("div", { class: "veil" }, h("div", { class: "modal question", role: "alertdialog", "aria-modal": "true", "aria-labelledby": titleId },
      h("div", { class: "modal-head" }, h("h2", { id: titleId }, plainOf(confirm.title))),
      h("div", { class: "modal-body words" }, textNode(confirm.text)),
      h("div", { class: "modal-foot" }, h("button", { type: "button", class: "button", onclick: () => end(false) }, plainOf(confirm.deny)), yes)));
    veil.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") end(false);
      trapFocus(veil, event);
    });
    document.body.append(veil);
    yes.focus();
  });
}
