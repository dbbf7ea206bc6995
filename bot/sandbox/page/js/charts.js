// Charts of data_visualization blocks.

import { h } from "./dom.js";

export function chart(block) {
  return h("div", { class: "not-shown" }, `Chart: ${block.title}`);
}
