// Charts of data_visualization blocks: drawn here, with the same figures as a table for those who can't see them.

import { freshId, h } from "./dom.js";

// Drawn at about the width it is shown at, so that its words stay as large as the others.
const drawnWidth = () => (innerWidth < 760 ? 310 : 520);
const HEIGHT = 250;
const EDGE = { top: 12, right: 12, bottom: 44, left: 46 };
const DASHES = ["", "6 4", "2 3", "10 4 2 4", "12 3", "1 4"];

function svg(tag, props = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props)) if (value !== undefined && value !== null) node.setAttribute(name, value);
  node.append(...children.flat());
  return node;
}

const colour = (index) => `c${(index % 6) + 1}`;
const figure = (value) => value.toLocaleString("en", { maximumFractionDigits: 2 });

export function chart(block) {
  const { chart: data, title } = block;
  const titleId = freshId("chart");
  const names = data.type === "pie" ? data.segments.map((each) => each.label) : data.series.map((each) => each.name);
  const drawing = data.type === "pie" ? pie(data) : axes(data);
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-labelledby", titleId);
  return h("figure", { class: "chart" }, h("figcaption", { id: titleId }, title), drawing, legend(data, names),
    h("details", { class: "figures" }, h("summary", {}, "Figures"), figures(data)));
}

function legend(data, names) {
  if (data.type !== "pie" && names.length < 2) return null;
  return h("ul", { class: "legend" }, names.map((name, index) => h("li", {}, key(data.type, index), data.type === "pie" ? `${name} ${figure(data.segments[index].value)}` : name)));
}

function key(type, index) {
  const sign = type === "line" ? svg("line", { x1: 0, y1: 6, x2: 22, y2: 6, class: `${colour(index)} line`, "stroke-dasharray": DASHES[index % 6] })
    : svg("rect", { x: 4, y: 0, width: 12, height: 12, rx: 2, class: colour(index) });
  return svg("svg", { viewBox: "0 0 22 12", width: 22, height: 12, "aria-hidden": "true" }, sign);
}

function figures(data) {
  if (data.type === "pie") {
    return h("table", {}, h("tbody", {}, data.segments.map((each) => h("tr", {}, h("th", { scope: "row" }, each.label), h("td", { class: "num" }, figure(each.value))))));
  }
  return h("table", {}, h("thead", {}, h("tr", {}, h("td"), data.series.map((each) => h("th", { scope: "col" }, each.name)))),
    h("tbody", {}, data.axis_config.categories.map((category) => h("tr", {}, h("th", { scope: "row" }, category),
      data.series.map((each) => h("td", { class: "num" }, figure(valueAt(each, category))))))));
}

const valueAt = (series, category) => series.data.find((point) => point.label === category)?.value ?? 0;

function pie(data) {
  const total = data.segments.reduce((sum, each) => sum + each.value, 0);
  const width = drawnWidth();
  const root = svg("svg", { viewBox: `0 0 ${width} 210`, class: "drawing" });
  const [x, y, radius] = [width / 2, 105, 95];
  let angle = -Math.PI / 2;
  data.segments.forEach((segment, index) => {
    const turn = (segment.value / total) * 2 * Math.PI;
    const point = (at) => `${(x + radius * Math.cos(at)).toFixed(2)} ${(y + radius * Math.sin(at)).toFixed(2)}`;
    const shape = data.segments.length === 1 ? svg("circle", { cx: x, cy: y, r: radius })
      : svg("path", { d: `M${x} ${y}L${point(angle)}A${radius} ${radius} 0 ${turn > Math.PI ? 1 : 0} 1 ${point(angle + turn)}Z` });
    shape.setAttribute("class", `${colour(index)} slice`);
    shape.append(svg("title", {}, `${segment.label}: ${figure(segment.value)}`));
    root.append(shape);
    const middle = angle + turn / 2;
    if (turn > 0.35) {
      root.append(svg("text", { x: x + radius * 0.64 * Math.cos(middle), y: y + radius * 0.64 * Math.sin(middle) + 4, class: "inside", "text-anchor": "middle" },
        `${Math.round((segment.value / total) * 100)} %`));
    }
    angle += turn;
  });
  return root;
}

function ticks(low, high) {
  const rough = (high - low) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough);
  if (low >= 0 && Number.isInteger(high) && step < 1) step = 1;
  const first = Math.floor(low / step) * step;
  const found = [];
  for (let at = first; at < high + step; at += step) found.push(Number(at.toFixed(6)));
  return found;
}

function axes(data) {
  const { categories, x_label: xLabel, y_label: yLabel } = data.axis_config;
  const values = data.series.flatMap((each) => each.data.map((point) => point.value));
  const marks = ticks(Math.min(0, ...values), Math.max(0, ...values, 1e-9));
  const [low, high] = [marks[0], marks[marks.length - 1]];
  const width = drawnWidth();
  const slanted = Math.max(...categories.map((each) => each.length)) * 6.5 > (width - EDGE.left - EDGE.right) / categories.length;
  const longest = Math.max(...categories.map((each) => each.length));
  const bottom = EDGE.bottom + (slanted ? Math.min(60, longest * 4) : 0);
  const height = HEIGHT + bottom - EDGE.bottom;
  const left = EDGE.left + (yLabel ? 16 : 0);
  const band = (width - left - EDGE.right) / categories.length;
  const y = (value) => EDGE.top + (1 - (value - low) / (high - low)) * (height - EDGE.top - bottom);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "drawing" });
  for (const mark of marks) {
    root.append(svg("line", { x1: left, x2: width - EDGE.right, y1: y(mark), y2: y(mark), class: mark === 0 ? "base" : "grid" }),
      svg("text", { x: left - 6, y: y(mark) + 4, "text-anchor": "end" }, figure(mark)));
  }
  categories.forEach((category, index) => {
    const [x, at] = [left + band * (index + 0.5), height - bottom + 16];
    root.append(svg("text", slanted ? { x, y: at, "text-anchor": "end", transform: `rotate(-38 ${x} ${at})` } : { x, y: at, "text-anchor": "middle" }, category));
  });
  if (xLabel) root.append(svg("text", { x: (left + width - EDGE.right) / 2, y: height - 6, "text-anchor": "middle", class: "axis" }, xLabel));
  if (yLabel) root.append(svg("text", { x: 12, y: height / 2, "text-anchor": "middle", class: "axis", transform: `rotate(-90 12 ${height / 2})` }, yLabel));
  if (data.type === "bar") bars(root, data, { left, band, y });
  else lines(root, data, { left, band, y });
  return root;
}

function bars(root, data, { left, band, y }) {
  const width = (band * 0.76) / data.series.length;
  data.series.forEach((series, number) => data.axis_config.categories.forEach((category, index) => {
    const value = valueAt(series, category);
    const top = Math.min(y(value), y(0));
    const x = left + band * (index + 0.12) + width * number;
    const bar = svg("rect", { x, y: top, width: Math.max(1, width - 1.5), height: Math.abs(y(0) - y(value)), rx: 1.5, class: colour(number) });
    bar.append(svg("title", {}, `${series.name}, ${category}: ${figure(value)}`));
    root.append(bar);
    if (width > 16 && value !== 0) root.append(svg("text", { x: x + width / 2, y: top - 3, "text-anchor": "middle", class: "value" }, figure(value)));
  }));
}

function lines(root, data, { left, band, y }) {
  data.series.forEach((series, number) => {
    const points = data.axis_config.categories.map((category, index) => [left + band * (index + 0.5), y(valueAt(series, category)), category]);
    const path = points.map(([x, at], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${at.toFixed(1)}`).join("");
    if (data.type === "area") {
      root.append(svg("path", { d: `${path}L${points[points.length - 1][0]} ${y(0)}L${points[0][0]} ${y(0)}Z`, class: `${colour(number)} area` }));
    }
    root.append(svg("path", { d: path, class: `${colour(number)} line`, "stroke-dasharray": DASHES[number % 6] }));
    for (const [x, at, category] of points) {
      const dot = svg("circle", { cx: x, cy: at, r: 3, class: colour(number) });
      dot.append(svg("title", {}, `${series.name}, ${category}: ${figure(valueAt(series, category))}`));
      root.append(dot);
    }
  });
}
