// Channels and direct messages, and what is new in them.

import { h } from "./dom.js";

const seen = new Map();
const seenKey = (state, channel) => `${state.me.id} ${channel.id}`;

// What was there when the page was opened counts as read, except what the app wrote to this person.
function isNew(state, channel, open) {
  const key = seenKey(state, channel);
  if (!seen.has(key)) seen.set(key, channel.kind === "im" && channel.latest_by === state.app.id ? "" : channel.latest);
  if (open) seen.set(key, channel.latest);
  return channel.latest > seen.get(key) && channel.latest_by !== state.me.id;
}

export function showSidebar(root, state, view, onOpen) {
  const entry = (channel) => {
    const open = channel.id === state.channel;
    const fresh = isNew(state, channel, open && !(view.tab === "home" && channel.kind === "im"));
    const name = channel.kind === "im" ? state.app.name : channel.name;
    const sign = channel.kind === "im" ? "●" : channel.kind === "private" ? "◆" : "#";
    return h("li", {}, h("button", {
      type: "button", class: fresh ? "new" : "", "aria-current": open ? "page" : null, onclick: () => onOpen(channel),
      "aria-label": `${name}${channel.kind === "private" ? ", private channel" : channel.kind === "im" ? ", app" : ", channel"}${fresh ? ", new messages" : ""}`,
    }, h("span", { "aria-hidden": "true" }, sign), h("span", { class: "name" }, name), fresh ? h("span", { class: "dot", "aria-hidden": "true" }, "new") : null));
  };
  const signature = JSON.stringify([state.channels, state.channel, state.me.id, view.tab]);
  if (root.signature === signature) return;
  const focused = [...root.querySelectorAll("button")].indexOf(document.activeElement);
  root.signature = signature;
  root.replaceChildren(
    h("h2", {}, "Channels"), h("ul", {}, state.channels.filter((each) => each.kind !== "im").map(entry)),
    h("h2", {}, "Apps"), h("ul", {}, state.channels.filter((each) => each.kind === "im").map(entry)));
  if (focused >= 0) root.querySelectorAll("button")[focused]?.focus();
}
