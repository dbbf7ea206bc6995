// A select with type-ahead, for every kind of select: options that are known, or that the app is asked for.

import { freshId, h } from "./dom.js";

// choices: {label, help, group, value}; source(typed) gives them, at once or as a promise. onChange(list of values).
export function combo({ label, labelledBy, placeholder, many, most, chosen, source, wait, least, onChange, describedBy, clearable }) {
  const listId = freshId("list");
  let picked = [...chosen];
  let shown = [];
  let active = -1;
  let timer = 0;
  let asked = 0;
  const input = h("input", {
    class: "control", type: "text", role: "combobox", autocomplete: "off", "aria-expanded": "false", "aria-controls": listId,
    "aria-autocomplete": "list", "aria-labelledby": labelledBy, "aria-label": labelledBy ? null : label, "aria-describedby": describedBy,
    placeholder: placeholder || (many ? "Choose" : "Choose an option"), spellcheck: "false",
  });
  const list = h("ul", { class: "combo-list", role: "listbox", id: listId, "aria-label": label || "Options", hidden: true });
  const tags = h("div", { class: "picked" });
  const root = h("div", { class: "combo" }, many ? tags : null, input, list);

  const isPicked = (choice) => picked.some((each) => each.value === choice.value);

  function face() {
    if (!many) input.value = picked[0]?.label ?? "";
    tags.replaceChildren(...picked.map((choice) => h("button", { type: "button", "aria-label": `Remove ${choice.label}`, onclick: () => toggle(choice) }, `${choice.label} ×`)));
  }

  function toggle(choice) {
    if (!many) picked = [choice];
    else if (isPicked(choice)) picked = picked.filter((each) => each.value !== choice.value);
    else if (!most || picked.length < most) picked = [...picked, choice];
    face();
    onChange(picked.map((each) => each.value));
    if (many) input.value = "";
    close();
  }

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function say(words) {
    shown = [];
    list.replaceChildren(h("li", { class: "group", role: "option", "aria-disabled": "true" }, words));
    open();
  }

  function open() {
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }

  function show(choices) {
    shown = choices;
    if (!choices.length) { say("Nothing fits"); return; }
    let group = null;
    const items = [];
    choices.forEach((choice, index) => {
      if (choice.group && choice.group !== group) items.push(h("li", { class: "group", role: "presentation" }, choice.group));
      group = choice.group;
      items.push(h("li", {
        role: "option", id: `${listId}-${index}`, "aria-selected": String(isPicked(choice)),
        onmousedown: (event) => { event.preventDefault(); toggle(choice); },
      }, choice.label, choice.help ? h("span", { class: "help" }, choice.help) : null));
    });
    list.replaceChildren(...items);
    open();
  }

  async function ask(typed) {
    if (typed.length < (least ?? 0)) { say(`Type ${least} or more characters`); return; }
    const mine = ++asked;
    if (wait) say("Loading…");
    const choices = await source(typed);
    if (mine === asked && document.activeElement === input) show(choices);
  }

  function mark(step) {
    if (list.hidden) { ask(""); return; }
    if (!shown.length) return;
    active = (active + step + shown.length) % shown.length;
    [...list.querySelectorAll("[role=option]")].forEach((item, index) => {
      item.setAttribute("aria-selected", String(index === active));
      if (index === active) item.scrollIntoView({ block: "nearest" });
    });
    input.setAttribute("aria-activedescendant", `${listId}-${active}`);
  }

  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => ask(""));
  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (!input.value && clearable && !many && picked.length) { picked = []; onChange([]); }
    timer = setTimeout(() => ask(input.value), wait ? 250 : 0);
  });
  input.addEventListener("blur", () => { close(); face(); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); mark(event.key === "ArrowDown" ? 1 : -1); }
    else if (event.key === "Enter" && !list.hidden) { event.preventDefault(); if (shown.length) toggle(shown[Math.max(active, 0)]); }
    else if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); close(); }
  });
  face();
  return { node: root, control: input };
}

export const matching = (choices) => (typed) => {
  const wanted = typed.trim().toLowerCase();
  const found = choices.filter((choice) => choice.label.toLowerCase().includes(wanted));
  return wanted && choices.some((choice) => choice.label.toLowerCase() === wanted) ? choices : found;
};
