// Text as Slack shows it: plain_text, mrkdwn, rich text. Everything ends up in text nodes.

import { h } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { channelName, groupName, userName } from "./names.js";

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

export function textNode(object) {
  if (!object) return "";
  if (typeof object === "string") return object;
  return object.type === "mrkdwn" ? mrkdwn(object.text) : plain(object);
}

export const plain = (object) => (object.emoji === false ? object.text : withEmoji(object.text));
export const plainOf = (object) => (object ? (object.type === "mrkdwn" ? mrkdwn(object.text).textContent : plain(object)) : "");

export function mrkdwn(source) {
  const out = document.createDocumentFragment();
  const parts = source.split(/```([\s\S]+?)```/);
  parts.forEach((part, index) => {
    if (index % 2) out.append(h("pre", {}, unescape(part.replace(/^\n|\n$/g, ""))));
    else out.append(...lines(part));
  });
  return out;
}

function lines(text) {
  const out = [];
  let quote = [];
  const close = () => {
    if (quote.length) out.push(h("blockquote", {}, ...quote.flatMap((line, index) => (index ? [h("br"), ...inline(line)] : inline(line)))));
    quote = [];
  };
  const all = text.split("\n");
  all.forEach((line, index) => {
    const quoted = /^(?:&gt;|>)\s?(.*)$/.exec(line);
    if (quoted) { quote.push(quoted[1]); return; }
    const afterQuote = quote.length > 0;
    close();
    if (index > 0 && !afterQuote) out.push("\n");
    out.push(...inline(line));
  });
  close();
  return out;
}

const TOKEN = /<([^<>\n]+)>|`([^`\n]+)`|(?<![\w*])\*(\S(?:[^*\n]*?\S)?)\*(?![\w*])|(?<![\w_])_(\S(?:[^_\n]*?\S)?)_(?![\w_])|(?<![\w~])~(\S(?:[^~\n]*?\S)?)~(?![\w~])|:([a-z0-9_+-]+):/g;

function inline(text) {
  const out = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) out.push(unescape(text.slice(end, match.index)));
    const [whole, angle, code, bold, italic, strike, name] = match;
    if (angle) out.push(control(angle));
    else if (code) out.push(h("code", {}, unescape(code)));
    else if (bold) out.push(h("strong", {}, ...inline(bold)));
    else if (italic) out.push(h("em", {}, ...inline(italic)));
    else if (strike) out.push(h("s", {}, ...inline(strike)));
    else out.push(emoji(name));
    end = match.index + whole.length;
  }
  if (end < text.length) out.push(unescape(text.slice(end)));
  return out;
}

function control(body) {
  const bar = body.indexOf("|");
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? "" : unescape(body.slice(bar + 1));
  if (target.startsWith("@")) return mention(`@${userName(target.slice(1))}`);
  if (target.startsWith("#")) return mention(`#${channelName(target.slice(1))}`);
  if (target.startsWith("!subteam^")) return mention(`@${groupName(target.slice(9))}`);
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!")) return mention(`@${label || target.slice(1)}`);
  return anchor(unescape(target), label || unescape(target));
}

export const mention = (words) => h("span", { class: "mention" }, words);

export function anchor(url, label) {
  if (!/^(https?:|mailto:)/i.test(url)) return label;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

function date(target, fallback) {
  const [, stamp, format] = target.split("^");
  const when = new Date(Number(stamp) * 1000);
  if (!Number.isFinite(when.getTime()) || !format) return fallback;
  return h("time", { datetime: when.toISOString() }, dateText(when, format));
}

export function dateText(when, format) {
  const show = (options) => when.toLocaleString(undefined, options);
  const day = show({ month: "long", day: "numeric", year: "numeric" });
  const short = show({ month: "short", day: "numeric", year: "numeric" });
  const words = {
    date: day, date_num: when.toISOString().slice(0, 10), date_long: show({ weekday: "long", month: "long", day: "numeric", year: "numeric" }),
    date_short: short, date_pretty: pretty(when) ?? day, date_short_pretty: pretty(when) ?? short,
    date_long_pretty: pretty(when) ?? day, time: show({ hour: "2-digit", minute: "2-digit" }), time_secs: show({ timeStyle: "medium" }),
    ago: short,
  };
  return format.replace(/\{(\w+)\}/g, (whole, name) => words[name] ?? whole);
}

function pretty(when) {
  const days = Math.round((new Date(when).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 864e5);
  return { "-1": "Yesterday", 0: "Today", 1: "Tomorrow" }[days] ?? null;
}

export function richText(elements) {
  return h("div", { class: "rich" }, elements.map(richTop));
}

function richTop(element) {
  const inner = () => element.elements.map(richLeaf);
  if (element.type === "rich_text_list") {
    const items = element.elements.map((item) => h("li", {}, item.elements.map(richLeaf)));
    const list = h(element.style === "ordered" ? "ol" : "ul", {}, items);
    list.style.marginInlineStart = `${(element.indent ?? 0) * 20}px`;
    return list;
  }
  if (element.type === "rich_text_quote") return h("blockquote", {}, inner());
  if (element.type === "rich_text_preformatted") return h("pre", {}, inner());
  return h("p", {}, inner());
}

function richLeaf(leaf) {
  const style = leaf.style ?? {};
  let node = leafNode(leaf);
  for (const [name, tag] of [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"], ["highlight", "mark"]]) {
    if (style[name]) node = h(tag, {}, node);
  }
  return node;
}

function leafNode(leaf) {
  switch (leaf.type) {
    case "text": return leaf.text;
    case "link": return anchor(leaf.url, leaf.text || leaf.url);
    case "user": return mention(`@${userName(leaf.user_id)}`);
    case "channel": return mention(`#${channelName(leaf.channel_id)}`);
    case "usergroup": return mention(`@${groupName(leaf.usergroup_id)}`);
    case "broadcast": return mention(`@${leaf.range}`);
    case "emoji": return emoji(leaf.name);
    case "date": return dateText(new Date(leaf.timestamp * 1000), leaf.format);
    default: return leaf.text ?? leaf.fallback ?? `(${leaf.type})`;
  }
}
