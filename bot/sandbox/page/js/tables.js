// table and data_table blocks.

import { h } from "./dom.js";
import { richText } from "./text.js";

function cellNode(cell, elementOf) {
  if (cell.type === "action_cell") return elementOf(cell.element);
  if (cell.type === "rich_text") return richText(cell.elements);
  return String(cell.text ?? cell.value);
}

export function table(block) {
  const align = (index) => (block.column_settings?.[index]?.align === "right" ? "num" : "");
  const rows = block.rows.map((row) => h("tr", {}, row.map((cell, index) => h("td", { class: align(index) }, cellNode(cell)))));
  return h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": "Table" }, h("table", {}, h("tbody", {}, rows)));
}

export function dataTable(block, elementOf) {
  const [head, ...body] = block.rows;
  const size = block.page_size ?? 5;
  const isNumber = head.map((_, index) => body.every((row) => row[index].type === "raw_number"));
  let page = 0;
  const rows = h("tbody");
  const foot = h("div", { class: "table-foot" });
  const step = (label, by) => h("button", { type: "button", class: "quiet-button", onclick: () => { page += by; show(); } }, label);
  function show() {
    rows.replaceChildren(...body.slice(page * size, (page + 1) * size).map((row) => h("tr", {}, row.map((cell, index) =>
      h(index === block.row_header_column_index ? "th" : "td", { scope: index === block.row_header_column_index ? "row" : null, class: isNumber[index] ? "num" : "" }, cellNode(cell, elementOf))))));
    const pages = Math.ceil(body.length / size);
    foot.replaceChildren(...(pages > 1 ? [page > 0 ? step("Previous", -1) : "", `${page + 1} of ${pages}`, page < pages - 1 ? step("Next", 1) : ""] : []));
  }
  show();
  return h("div", {}, h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": block.caption }, h("table", {}, h("caption", {}, block.caption),
    h("thead", {}, h("tr", {}, head.map((cell, index) => h("th", { scope: "col", class: isNumber[index] ? "num" : "" }, cellNode(cell, elementOf))))), rows)), foot);
}
