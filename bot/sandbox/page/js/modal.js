// The modal on top of somebody's stack. It stays one node through updates, so nothing typed and no focus is lost.

import { showBlocks } from "./blocks.js";
import { focusable, freshId, h } from "./dom.js";
import { act } from "./link.js";
import { trapFocus } from "./question.js";
import { plainOf } from "./text.js";
import { complain } from "./toasts.js";

let open = null;
let before = null;

export function showModal(view, depth) {
  const layer = document.getElementById("layer");
  if (!view) {
    if (open) { open = null; layer.replaceChildren(); document.getElementById("app").inert = false; before?.focus?.(); }
    return;
  }
  if (!open || open.id !== view.id) {
    if (!open) before = document.activeElement;
    open = build(view);
    layer.replaceChildren(open.node);
    document.getElementById("app").inert = true;
  }
  open.update(view, depth);
}

function build(view) {
  const titleId = freshId("title");
  const title = h("h2", { id: titleId });
  const stack = h("span", { class: "small" });
  const trouble = h("div", { class: "trouble", role: "alert", hidden: true });
  const body = h("div");
  const submit = h("button", { type: "submit", class: "button primary" });
  const close = h("button", { type: "button", class: "button", onclick: () => act("close", { view: view.id }).catch(complain) });
  const cross = h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => act("close_all").catch(complain) });
  cross.append(crossIcon());
  const form = h("form", { class: "modal", role: "dialog", "aria-modal": "true", "aria-labelledby": titleId, novalidate: true },
    h("div", { class: "modal-head" }, title, cross), trouble, h("div", { class: "modal-body" }, body),
    h("div", { class: "modal-foot" }, stack, close, submit));
  const node = h("div", { class: "veil" }, form);
  let shown = view;
  let focused = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!shown.is_waiting && shown.body.submit) act("submit", { view: view.id }).then(() => focusFirstError(form), complain);
  });
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.preventDefault(); act("close", { view: view.id }).catch(complain); }
    trapFocus(form, event);
  });
  const context = {
    place: { view: view.id },
    values: () => shown.values,
    errors: () => shown.errors,
    act: (deed, details) => act(deed, details).catch((error) => { complain(error); throw error; }),
  };
  const update = (next, depth) => {
    const changed = next.hash !== shown.hash;
    shown = next;
    title.textContent = plainOf(next.body.title);
    trouble.hidden = !next.trouble;
    trouble.textContent = next.trouble;
    stack.textContent = depth > 1 ? `${depth} windows open` : "";
    close.textContent = next.body.close ? plainOf(next.body.close) : "Cancel";
    submit.hidden = !next.body.submit;
    submit.disabled = next.is_waiting || Boolean(next.body.submit_disabled);
    submit.replaceChildren(...(next.is_waiting ? [h("span", { class: "spin", "aria-hidden": "true" })] : []), next.body.submit ? plainOf(next.body.submit) : "");
    form.classList.toggle("waiting", next.is_waiting);
    form.setAttribute("aria-busy", String(next.is_waiting));
    showBlocks(body, next.body.blocks, context);
    if (changed) body.parentNode.scrollTop = 0;
    if (!focused || !form.contains(document.activeElement)) { focused = true; focusStart(form, body, next); }
  };
  return { id: view.id, node, update };
}

export function crossIcon() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M5 5l10 10M15 5L5 15");
  svg.append(path);
  return svg;
}

function focusStart(form, body, view) {
  const wanted = view.body.blocks.find((block) => block.element?.focus_on_load);
  const node = wanted && body.kept.get(wanted.block_id)?.node.control;
  (node ?? focusable(body)[0] ?? focusable(form.querySelector(".modal-foot"))[0] ?? form).focus({ preventScroll: !wanted });
}

function focusFirstError(form) {
  setTimeout(() => form.querySelector("[aria-invalid=true]")?.focus(), 60);
}
