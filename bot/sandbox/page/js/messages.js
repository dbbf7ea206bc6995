// Messages: in a channel, in a thread, for one person only.

import { showBlocks } from "./blocks.js";
import { h, keep } from "./dom.js";
import { act } from "./link.js";
import { current } from "./names.js";
import { mrkdwn } from "./text.js";
import { emoji } from "./emoji.js";
import { complain } from "./toasts.js";

const HUES = [200, 20, 100, 280, 45, 330];

export function showMessages(root, messages, handlers) {
  keep(root, messages, (each) => `${each.ts}${each.only_you ? "e" : ""}`, (each) => JSON.stringify({ ...each, values: null }),
    (each) => messageNode(each, handlers));
}

function messageNode(message, handlers) {
  const body = h("div", { class: "body" });
  const place = { channel: message.channel, ts: message.ts };
  const context = { place, values: () => message.values, act: (deed, details) => act(deed, details).catch((error) => { complain(error); throw error; }) };
  if (message.blocks.length) body.append(blocksNode(message.blocks, context));
  else if (message.text) body.append(h("div", { class: "words" }, mrkdwn(message.text)));
  for (const attachment of message.attachments) {
    const node = h("div", { class: "attachment" }, attachment.blocks?.length ? blocksNode(attachment.blocks, context) : h("div", { class: "words" }, mrkdwn(attachment.text ?? attachment.fallback ?? "")));
    if (/^#?[0-9a-f]{6}$/i.test(attachment.color ?? "")) node.style.borderLeftColor = `#${attachment.color.replace("#", "")}`;
    body.append(node);
  }
  for (const file of message.files) body.append(h("a", { class: "file", href: new URL(file.url_private).pathname, download: file.name }, file.title, h("span", { class: "small" }, size(file.size))));
  const reactions = Object.entries(message.reactions);
  if (reactions.length) body.append(h("div", { class: "reactions" }, reactions.map(([name, count]) => h("span", {}, `${emoji(name)} ${count}`))));
  if (message.replies && handlers.onThread) {
    const words = message.replies === 1 ? "1 reply" : `${message.replies} replies`;
    body.append(h("button", { type: "button", class: "replies", onclick: () => handlers.onThread(message.thread_ts ?? message.ts) }, words));
  }
  return h("article", { class: `message ${message.only_you ? "only-you" : ""}`, "aria-label": `${message.name}, ${clock(message.ts)}` },
    face(message), h("div", {}, who(message), body), tools(message, handlers));
}

function blocksNode(blocks, context) {
  const node = h("div");
  showBlocks(node, blocks, context);
  return node;
}

const size = (bytes) => (bytes < 1024 ? `${bytes} B` : `${Math.round(bytes / 1024)} kB`);
export const clock = (ts) => new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

function face(message) {
  const node = h("div", { class: `face ${message.by_app ? "of-app" : ""}`, "aria-hidden": "true" }, message.name.slice(0, 1).toUpperCase());
  if (!message.by_app) {
    const index = current().people.findIndex((person) => person.id === message.user);
    node.style.background = index < 0 ? "#5b6460" : `hsl(${HUES[index % HUES.length]} 40% 38%)`;
  }
  return node;
}

function who(message) {
  const when = new Date(Number(message.ts) * 1000);
  return h("div", { class: "who" }, h("b", {}, message.name), message.by_app ? h("span", { class: "tag" }, "App") : null,
    h("time", { datetime: when.toISOString(), title: when.toLocaleString() }, clock(message.ts)),
    message.only_you ? h("span", { class: "small" }, "Only visible to you") : null,
    message.is_edited ? h("span", { class: "small" }, "(edited)") : null);
}

function tools(message, handlers) {
  if (message.only_you) return null;
  const shortcuts = current().app.shortcuts.filter((each) => each.kind === "message");
  const buttons = shortcuts.map((each) => h("button", { type: "button", onclick: () => act("shortcut", { callback_id: each.callback_id, channel: message.channel, ts: message.ts }).catch(complain) }, each.name));
  if (handlers.onThread) buttons.unshift(h("button", { type: "button", onclick: () => handlers.onThread(message.thread_ts ?? message.ts) }, "Reply"));
  return buttons.length ? h("div", { class: "tools" }, buttons) : null;
}
