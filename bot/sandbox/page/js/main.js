// Puts the page together: every new state of the screen is shown here.

import { showBlocks } from "./blocks.js";
import { composer } from "./composer.js";
import { h } from "./dom.js";
import { showInspector, toggleInspector } from "./inspector.js";
import { act, connect } from "./link.js";
import { showMessages } from "./messages.js";
import { crossIcon, showModal } from "./modal.js";
import { current, learn } from "./names.js";
import { showSidebar } from "./sidebar.js";
import { complain, toast } from "./toasts.js";

const byId = (id) => document.getElementById(id);
const view = { tab: "messages", thread: null };
let told = null;
let middle = null;
let pane = null;

connect({ state: show, lost: () => linkText(false, "The sandbox does not answer") });

function show(state, isBack) {
  learn(state);
  // After a lost connection: back to where the person was.
  if (isBack && view.channel && view.channel !== state.channel) { act("watch", { channel: view.channel, thread: view.thread }).catch(complain); return; }
  view.channel = state.channel;
  showTeams(state);
  linkText(state.is_connected, state.is_connected ? `${state.app.name} is connected` : `${state.app.name} is not connected`);
  showPeople(state);
  showSidebar(byId("side"), state, view, openChannel);
  showMiddle(state);
  showThread(state);
  showModal(state.modal, state.modals);
  showInspector();
  for (const words of state.notices.slice(told ?? state.notices.length)) toast(words);
  told = state.notices.length;
}

function linkText(good, words) {
  byId("link").textContent = words;
  byId("link").classList.toggle("off", !good);
}

function showTeams(state) {
  const root = byId("team");
  if (state.teams.length < 2) { root.textContent = state.team.name; return; }
  let select = root.querySelector("select");
  if (!select || select.options.length !== state.teams.length) {
    select = h("select", { "aria-label": "Workspace", onchange: () => goTo({ team: select.value }) }, state.teams.map((each) => h("option", { value: each.id }, each.name)));
    root.replaceChildren(select);
  }
  select.value = state.team.id;
}

// Being somebody else, or somewhere else, is a fresh page.
function goTo(parts) {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(parts)) address.searchParams.set(name, value);
  location.assign(address);
}

function showPeople(state) {
  const select = byId("as");
  if (select.options.length !== state.people.length) {
    select.replaceChildren(...state.people.map((person) => h("option", { value: person.handle }, person.name)));
    select.onchange = () => become(select.value);
  }
  select.value = state.me.handle;
}

function become(handle) {
  const address = new URL(location.href);
  address.searchParams.set("as", handle);
  history.replaceState(null, "", address);
  view.thread = null;
  told = null;
  act("become", { handle }).catch(complain);
}

function openChannel(channel) {
  view.thread = null;
  const state = current();
  if (channel.kind === "im") {
    view.tab = state.app.has_home ? "home" : "messages";
    act("open_app", { tab: view.tab }).catch(complain);
  } else {
    view.tab = "messages";
  }
  closeMenu();
  act("watch", { channel: channel.id, thread: null }).catch(complain);
}

function openThread(ts) {
  view.thread = ts;
  act("watch", { channel: current().channel, thread: ts }).catch(complain);
}

function showMiddle(state) {
  const channel = state.channels.find((each) => each.id === state.channel);
  const key = `${state.me.id} ${channel.id} ${view.tab}`;
  if (!middle || middle.key !== key) middle = buildMiddle(key, channel, state);
  middle.update(state, channel);
}

function buildMiddle(key, channel, state) {
  const isApp = channel.kind === "im";
  const name = isApp ? state.app.name : channel.name;
  const topic = h("span", { class: "topic" });
  const head = h("div", { class: "main-head" }, h("h2", {}, isApp ? name : `${channel.kind === "private" ? "◆" : "#"} ${name}`), topic, isApp && state.app.has_home ? tabs() : null);
  const scroll = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Messages in ${name}` });
  if (isApp && view.tab === "home") {
    const blocks = h("div");
    const empty = h("p", { class: "empty" }, `${name} has not put anything on its Home tab yet.`);
    byId("main").replaceChildren(head, scroll);
    scroll.setAttribute("aria-label", `${name} Home`);
    scroll.append(h("div", { class: "home" }, blocks, empty));
    return { key, update: (next) => showHome(next, blocks, empty) };
  }
  const list = h("div", { role: "log", "aria-label": `Messages in ${name}` });
  const empty = h("p", { class: "empty" }, `Nothing here yet. Type ${state.app.commands[0]?.command ?? "a message"} below.`);
  const write = composer({ label: isApp ? `Message ${name}` : `Message #${name}`, target: () => ({ channel: channel.id }) });
  scroll.append(empty, list);
  byId("main").replaceChildren(head, scroll, write.node);
  return {
    key,
    update(next, now) {
      topic.textContent = now.has_app || isApp ? now.topic : `${now.topic} · ${next.app.name} is not in this channel`;
      const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
      showMessages(list, next.messages, { onThread: openThread });
      empty.hidden = next.messages.length > 0;
      if (atEnd) scroll.scrollTop = scroll.scrollHeight;
    },
  };
}

function tabs() {
  const tab = (name, words) => h("button", {
    type: "button", role: "tab", "aria-selected": String(view.tab === name),
    onclick: () => { view.tab = name; act("open_app", { tab: name }).catch(complain); show(current()); },
  }, words);
  return h("div", { class: "tabs", role: "tablist", "aria-label": "App" }, tab("home", "Home"), tab("messages", "Messages"));
}

function showHome(state, root, empty) {
  const { home } = state;
  empty.hidden = Boolean(home);
  if (!home) return;
  const place = { view: home.id };
  showBlocks(root, home.body.blocks, { place, values: () => current().home.values, act: (deed, details) => act(deed, details).catch((error) => { complain(error); throw error; }) });
}

function showThread(state) {
  const root = byId("thread");
  root.hidden = !state.thread;
  if (!state.thread) { pane = null; return; }
  const key = `${state.channel} ${state.thread.ts}`;
  if (!pane || pane.key !== key) {
    const list = h("div", { role: "log", "aria-label": "Replies" });
    const scroll = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Replies" }, list);
    const write = composer({ label: "Reply", target: () => ({ channel: state.channel, thread: state.thread.ts }) });
    const close = h("button", { type: "button", class: "icon-button", "aria-label": "Close thread", onclick: () => openThread(null) });
    close.append(crossIcon());
    root.replaceChildren(h("div", { class: "pane-head" }, h("h2", {}, "Thread"), close), scroll, write.node);
    pane = { key, list, scroll };
    write.input.focus();
  }
  showMessages(pane.list, state.thread.messages, {});
  pane.scroll.scrollTop = pane.scroll.scrollHeight;
}

function closeMenu() {
  byId("side").classList.remove("open");
  byId("menu").setAttribute("aria-expanded", "false");
}

byId("menu").onclick = () => {
  const open = byId("side").classList.toggle("open");
  byId("menu").setAttribute("aria-expanded", String(open));
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !current()?.modal) {
    if (byId("side").classList.contains("open")) closeMenu();
    else if (view.thread) openThread(null);
  }
});
const switchInspector = () => toggleInspector(switchInspector);
byId("inspect").onclick = switchInspector;
