// Blocks as they look. A block that this page cannot show says so.

import { h, keep } from "./dom.js";
import { field, inputFor } from "./inputs.js";
import { chart } from "./charts.js";
import { dataTable, table } from "./tables.js";
import { menu } from "./menu.js";
import { ask } from "./question.js";
import { plainOf, richText, textNode, mrkdwn } from "./text.js";

// Puts blocks into a node, keeping what did not change. `context` = {place, values(), errors(), act(deed, details)}.
export function showBlocks(root, blocks, context) {
  root.classList.add("blocks");
  keep(root, blocks, (block) => block.block_id, (block) => JSON.stringify(block), (block) => blockNode(block, context));
  const errors = context.errors?.() ?? {};
  for (const block of blocks) {
    const node = root.kept.get(block.block_id).node;
    node.setError?.(errors[block.block_id]);
  }
}

function blockNode(block, context) {
  const make = KINDS[block.type];
  if (!make) return h("div", { class: "not-shown" }, `The sandbox can't show a "${block.type}" block. Slack may.`);
  return make(block, context);
}

export function inner(blocks, context) {
  const root = h("div");
  showBlocks(root, blocks, context);
  return root;
}

function at(block, element, context) {
  const ids = { ...context.place, block: block.block_id, action: element.action_id };
  return {
    block, element, held: context.values()?.[block.block_id]?.[element.action_id],
    send: (deed, value) => context.act(deed, { ...ids, value }),
    ask: (typed) => context.act("suggest", { ...ids, typed }),
  };
}

export function elementNode(block, element, context) {
  if (element.type === "image") return image(element);
  const ids = { ...context.place, block: block.block_id, action: element.action_id };
  const press = async (chosen) => {
    if (element.confirm && !(await ask(element.confirm))) return;
    if (/^https?:/.test(element.url ?? "")) window.open(element.url, "_blank", "noopener");
    await context.act("press", { ...ids, chosen });
  };
  if (element.type === "button" || element.type === "icon_button") return button(element, () => press());
  if (element.type === "feedback_buttons") {
    return h("span", { class: "actions" }, [element.positive_button, element.negative_button].map((each) => button(each, () => press(each))));
  }
  if (element.type === "overflow") return overflow(element, press);
  const made = inputFor(at(block, element, context));
  return made ? made.node : h("span", { class: "not-shown" }, `The sandbox has no ${element.type} yet.`);
}

function button(element, onPress) {
  const node = h("button", { type: "button", class: `button ${element.style ?? ""}`, "aria-label": element.accessibility_label }, plainOf(element.text));
  node.addEventListener("click", async () => {
    if (node.getAttribute("aria-busy") === "true") return;
    node.setAttribute("aria-busy", "true");
    try { await onPress(); } finally { node.removeAttribute("aria-busy"); }
  });
  return node;
}

function overflow(element, press) {
  return menu("⋯", "More actions", element.options.map((option) => ({
    words: plainOf(option.text),
    deed: () => {
      if (/^https?:/.test(option.url ?? "")) window.open(option.url, "_blank", "noopener");
      press(option);
    },
  })));
}

// Pictures from elsewhere are not fetched: the sandbox makes no outside requests. Their words stand in for them.
function image(element) {
  const address = element.image_url ?? "";
  const isOurs = address.startsWith("data:image/") || address.startsWith(location.origin);
  return isOurs ? h("img", { src: address, alt: element.alt_text }) : h("span", { class: "small", title: address }, `[Picture: ${element.alt_text}]`);
}

const texts = (block, names) => names.filter((name) => block[name]).map((name) => h("div", { class: `card-${name}` }, textNode(block[name])));

function section(block, context) {
  const text = h("div", { class: "section-text" }, block.text ? textNode(block.text) : null,
    block.fields ? h("div", { class: "fields" }, block.fields.map((each) => h("div", {}, textNode(each)))) : null);
  const accessory = block.accessory ? h("div", { class: "accessory" }, elementNode(block, block.accessory, context)) : null;
  return h("div", { class: "section" }, text, accessory);
}

function container(block, context) {
  const title = block.title ? plainOf(block.title) : richText(block.rich_text_title.elements);
  const rest = [block.subtitle ? h("div", { class: "small" }, textNode(block.subtitle)) : null, inner(block.child_blocks, context)];
  if (block.is_collapsible) return h("details", { class: "container", open: !block.default_collapsed }, h("summary", {}, title), rest);
  return h("div", { class: "container" }, h("div", { class: "container-title" }, title), rest);
}

const ALERTS = { default: "Note", info: "Note", warning: "Warning", error: "Error", success: "Done" };

const KINDS = {
  section,
  container,
  divider: () => h("hr"),
  header: (block) => h("div", { class: `header-block level-${block.level ?? 1}`, role: "heading", "aria-level": String((block.level ?? 1) + 2) }, plainOf(block.text)),
  context: (block) => h("div", { class: "context" }, block.elements.map((each) => (each.type === "image" ? image(each) : h("span", {}, textNode(each))))),
  actions: (block, context) => h("div", { class: "actions" }, block.elements.map((each) => elementNode(block, each, context))),
  context_actions: (block, context) => h("div", { class: "actions" }, block.elements.map((each) => elementNode(block, each, context))),
  image: (block) => h("div", { class: "image-block" }, block.title ? h("div", { class: "small" }, plainOf(block.title)) : null, image(block)),
  rich_text: (block) => richText(block.elements),
  markdown: (block) => h("div", { class: "words" }, mrkdwn(block.text.replaceAll("**", "*"))),
  input: (block, context) => field(block, at(block, block.element, context)),
  alert: (block) => h("div", { class: `alert ${block.level ?? "default"}`, role: "note" }, h("b", {}, ALERTS[block.level ?? "default"]), h("div", {}, textNode(block.text))),
  card: (block, context) => h("div", { class: "card" }, block.hero_image ? image(block.hero_image) : null, texts(block, ["title", "subtitle", "body", "subtext"]),
    block.actions ? h("div", { class: "actions" }, block.actions.map((each) => elementNode(block, each, context))) : null),
  carousel: (block, context) => h("div", { class: "carousel", tabindex: "0", role: "group", "aria-label": "Cards" }, block.elements.map((each) => blockNode(each, context))),
  table: (block) => table(block),
  data_table: (block, context) => dataTable(block, (element) => elementNode(block, element, context)),
  data_visualization: (block) => chart(block),
};
