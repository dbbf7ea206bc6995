// Where people write: Enter sends, Shift+Enter makes a new line, a slash shows the commands.

import { freshId, h } from "./dom.js";
import { act } from "./link.js";
import { menu } from "./menu.js";
import { current } from "./names.js";
import { complain } from "./toasts.js";

// Global shortcuts, which Slack offers from everywhere.
function shortcuts() {
  const found = current().app.shortcuts.filter((each) => each.kind === "global");
  if (!found.length) return null;
  const options = found.map((each) => ({ words: each.name, deed: () => act("shortcut", { callback_id: each.callback_id }).catch(complain) }));
  return menu("Shortcuts", "Shortcuts", options, { up: true });
}

export function composer({ label, target }) {
  const listId = freshId("commands");
  let active = -1;
  const input = h("textarea", { rows: "1", placeholder: label, "aria-label": label, "aria-controls": listId, "aria-autocomplete": "list", "aria-expanded": "false", role: "combobox" });
  const hints = h("ul", { class: "hints", id: listId, role: "listbox", "aria-label": "Commands", hidden: true });
  const sendButton = h("button", { type: "button", class: "button primary", onclick: () => send() }, "Send");
  const node = h("div", { class: "composer" }, hints, input, h("div", { class: "composer-foot" }, h("span", { class: "small" }, "Enter sends · type / for commands"), shortcuts(), sendButton));

  const fitting = () => {
    const text = input.value;
    if (!text.startsWith("/") || text.includes(" ") || target().thread) return [];
    return current().app.commands.filter((each) => each.command.startsWith(text));
  };

  function showHints() {
    const found = fitting();
    active = Math.min(active, found.length - 1);
    hints.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    hints.replaceChildren(...found.map((each, index) => h("li", {
      role: "option", id: `${listId}-${index}`, "aria-selected": String(index === active), onmousedown: (event) => { event.preventDefault(); take(each); },
    }, h("b", {}, each.command), each.hint, h("span", { class: "small" }, each.description))));
    if (active >= 0) input.setAttribute("aria-activedescendant", `${listId}-${active}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function take(command) {
    input.value = `${command.command} `;
    input.focus();
    showHints();
  }

  async function send() {
    const text = input.value;
    if (!text.trim()) return;
    input.value = "";
    grow();
    showHints();
    try { await act("type", { text, ...target() }); } catch (error) { input.value = text; complain(error); }
  }

  function grow() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 180)}px`;
  }

  input.addEventListener("input", () => { active = -1; showHints(); grow(); });
  input.addEventListener("blur", () => { hints.hidden = true; });
  input.addEventListener("keydown", (event) => {
    const found = fitting();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (active >= 0 && found[active]) take(found[active]);
      else send();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && found.length) {
      event.preventDefault();
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
      showHints();
    } else if (event.key === "Escape" && !hints.hidden) {
      hints.hidden = true;
    } else if (event.key === "Tab" && found.length && input.value !== found[0].command) {
      event.preventDefault();
      take(found[Math.max(active, 0)]);
    }
  });
  return { node, input };
}
