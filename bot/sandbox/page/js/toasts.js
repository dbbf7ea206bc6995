// Short words at the foot of the page, gone after a while.

import { h } from "./dom.js";

export function toast(words) {
  const node = h("div", { class: "toast" }, words);
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), 6000);
}

export const complain = (error) => toast(error.message);
