// A button that opens a short list of things to do.

import { h } from "./dom.js";

// options: {words, deed}
export function menu(face, label, options, { up = false } = {}) {
  const list = h("ul", { class: `menu-list ${up ? "up" : ""}`, hidden: true });
  const opener = h("button", { type: "button", class: "button", "aria-label": label, "aria-expanded": "false" }, face);
  const show = (open) => { list.hidden = !open; opener.setAttribute("aria-expanded", String(open)); };
  opener.addEventListener("click", () => show(list.hidden));
  list.append(...options.map((option) => h("li", {}, h("button", { type: "button", onclick: () => { show(false); option.deed(); } }, option.words))));
  const root = h("span", { class: "menu" }, opener, list);
  root.addEventListener("keydown", (event) => { if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); show(false); opener.focus(); } });
  root.addEventListener("focusout", (event) => { if (!root.contains(event.relatedTarget)) show(false); });
  return root;
}
