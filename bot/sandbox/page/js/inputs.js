// Inputs: what is typed or chosen is told to the sandbox at once, which keeps it across updates of the view.

import { combo, matching } from "./combo.js";
import { freshId, h } from "./dom.js";
import { current } from "./names.js";
import { plainOf, textNode } from "./text.js";

const choiceOf = (option, group) => ({ label: plainOf(option.text), help: option.description ? plainOf(option.description) : "", group, value: option });
const choicesOf = (element) => [
  ...(element.options ?? []).map((option) => choiceOf(option)),
  ...(element.option_groups ?? []).flatMap((group) => group.options.map((option) => choiceOf(option, plainOf(group.label)))),
];

// An input for an element: {node, control}. `at` = {block, element, held, place, send(deed, details), labelledBy, describedBy}.
export function inputFor(at) {
  const { element } = at;
  if (TEXT[element.type]) return textInput(at);
  if (DATES[element.type]) return dateInput(at);
  if (element.type === "radio_buttons" || element.type === "checkboxes") return choiceInput(at);
  if (/_select$/.test(element.type)) return selectInput(at);
  return null;
}

const TEXT = { plain_text_input: "text", number_input: "text", email_text_input: "email", url_text_input: "url" };
const DATES = { datepicker: ["date", "selected_date"], timepicker: ["time", "selected_time"], datetimepicker: ["datetime-local", "selected_date_time"] };

const named = (at) => ({ "aria-labelledby": at.labelledBy, "aria-describedby": at.describedBy, "aria-label": at.labelledBy ? null : plainOf(at.element.placeholder) || "Input" });

function textInput(at) {
  const { element, block } = at;
  const control = h(element.multiline ? "textarea" : "input", {
    class: "control", type: element.multiline ? null : TEXT[element.type], placeholder: plainOf(element.placeholder) || null,
    inputmode: element.type === "number_input" ? "decimal" : null, ...named(at),
  });
  control.value = at.held?.value ?? "";
  control.addEventListener("input", () => at.send("hold", control.value || null));
  const config = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (block.dispatch_action) {
    if (config.includes("on_character_entered")) control.addEventListener("input", () => at.send("choose", control.value || null));
    control.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !element.multiline && config.includes("on_enter_pressed")) {
        event.preventDefault();
        at.send("choose", control.value || null);
      }
    });
  }
  return { node: control, control };
}

function dateInput(at) {
  const [type, field] = DATES[at.element.type];
  const control = h("input", { class: "control", type, ...named(at) });
  const held = at.held?.[field];
  control.value = type === "datetime-local" && held ? new Date(held * 1000).toISOString().slice(0, 16) : held ?? "";
  control.addEventListener("change", () => {
    const value = type === "datetime-local" && control.value ? Date.parse(control.value) / 1000 : control.value;
    at.send("choose", value || null);
  });
  return { node: control, control };
}

function choiceInput(at) {
  const { element } = at;
  const many = element.type === "checkboxes";
  const held = many ? at.held?.selected_options ?? [] : [at.held?.selected_option].filter(Boolean);
  const name = freshId("choice");
  const boxes = element.options.map((option) => {
    const help = option.description ? freshId("help") : null;
    const box = h("input", { type: many ? "checkbox" : "radio", name, "aria-describedby": help });
    box.checked = held.some((each) => each.value === option.value);
    box.addEventListener("change", () => {
      const chosen = element.options.filter((_, index) => boxes[index].box.checked);
      at.send("choose", many ? chosen : chosen[0] ?? null);
    });
    const node = h("label", { class: "choice" }, box, h("span", {}, textNode(option.text)), help ? h("span", { class: "help", id: help }, textNode(option.description)) : null);
    return { box, node };
  });
  const role = many ? "group" : "radiogroup";
  const node = h("div", { class: "choices", role, ...named(at) }, boxes.map((each) => each.node));
  return { node, control: boxes[0]?.box };
}

const SOURCES = {
  users: () => current().people.map((person) => ({ label: person.name, help: `@${person.handle}`, value: person.id })),
  conversations: () => channelChoices(current().channels),
  channels: () => channelChoices(current().channels.filter((each) => each.kind === "public")),
};
const FIELDS = { users: "selected_user", conversations: "selected_conversation", channels: "selected_channel" };
const channelChoices = (channels) => channels.map((each) => ({ label: each.kind === "im" ? current().app.name : `#${each.name}`, help: "", value: each.id }));

function selectInput(at) {
  const { element } = at;
  const many = element.type.startsWith("multi_");
  const kind = element.type.replace("multi_", "").replace("_select", "");
  const base = {
    label: plainOf(element.placeholder), labelledBy: at.labelledBy, describedBy: at.describedBy, placeholder: plainOf(element.placeholder),
    many, most: element.max_selected_items, clearable: true, onChange: (values) => at.send("choose", many ? values : values[0] ?? null),
  };
  if (SOURCES[kind]) {
    const choices = SOURCES[kind]();
    const held = many ? at.held?.[`${FIELDS[kind]}s`] ?? [] : [at.held?.[FIELDS[kind]]].filter(Boolean);
    return combo({ ...base, chosen: choices.filter((choice) => held.includes(choice.value)), source: matching(choices) });
  }
  const held = many ? at.held?.selected_options ?? [] : [at.held?.selected_option].filter(Boolean);
  const chosen = held.map((option) => choiceOf(option));
  if (kind === "external") {
    const source = async (typed) => {
      const found = await at.ask(typed).catch(() => []);
      return found.flatMap((each) => (each.options ? each.options.map((option) => choiceOf(option, plainOf(each.label))) : [choiceOf(each)]));
    };
    return combo({ ...base, chosen, source, wait: true, least: element.min_query_length ?? 3 });
  }
  return combo({ ...base, chosen, source: matching(choicesOf(element)) });
}

// The whole field of an input block: label, control, hint, and a place for the error.
export function field(block, at) {
  const labelId = freshId("label");
  const errorId = freshId("error");
  const hintId = block.hint ? freshId("hint") : null;
  const made = inputFor({ ...at, block, element: block.element, labelledBy: labelId, describedBy: [hintId, errorId].filter(Boolean).join(" ") });
  const error = h("div", { class: "error", id: errorId });
  const isGroup = block.element.type === "radio_buttons" || block.element.type === "checkboxes";
  const words = [textNode(block.label), block.optional ? h("span", { class: "optional" }, " (optional)") : null];
  if (made && !isGroup) {
    made.control.id = freshId("input");
    made.control.removeAttribute("aria-labelledby");
  }
  const label = h(isGroup || !made ? "div" : "label", { class: "label", id: labelId, for: isGroup ? null : made?.control.id }, words);
  const shown = made ? made.node : h("div", { class: "not-shown" }, `The sandbox has no ${block.element.type} yet.`);
  const node = h("div", { class: "field" }, label, shown, block.hint ? h("div", { class: "hint", id: hintId }, textNode(block.hint)) : null, error);
  node.control = made?.control;
  node.setError = (words) => {
    error.replaceChildren(...(words ? [h("span", { "aria-hidden": "true" }, "!"), words] : []));
    if (words) made?.control?.setAttribute("aria-invalid", "true");
    else made?.control?.removeAttribute("aria-invalid");
  };
  return node;
}
