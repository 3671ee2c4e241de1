// data_visualization blocks as SVG: lines, areas and bars over categories; a pie as a list of its parts.

import { el } from "./dom.js";

const WIDTH = 560, HEIGHT = 210, LEFT = 46, RIGHT = 10, TOP = 10, BOTTOM = 40;
const COLOURS = ["#1264a3", "#9aa0a6", "#b0b5ba", "#c3c7cb", "#d5d8db", "#e3e5e7"];

function svg(tag, props, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props)) node.setAttribute(name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null));
  return node;
}

export function chart(block) {
  const drawn = block.chart.type === "pie" ? parts(block.chart) : lines(block.chart, block.title);
  return el("figure", { class: "b-chart" }, el("figcaption", {}, block.title), drawn);
}

function parts(pie) {
  const whole = pie.segments.reduce((sum, one) => sum + one.value, 0);
  return el("ul", {}, pie.segments.map((one) => el("li", {}, `${one.label}: ${Math.round((one.value / whole) * 100)}%`)));
}

function lines(data, title) {
  const labels = data.axis_config.categories;
  const top = nice(Math.max(1, ...data.series.flatMap((one) => one.data.map((point) => point.value))));
  const x = (place) => LEFT + (place * (WIDTH - LEFT - RIGHT)) / Math.max(1, labels.length - 1);
  const y = (value) => HEIGHT - BOTTOM - (value * (HEIGHT - TOP - BOTTOM)) / top;
  const path = (one) => one.data.map((point, place) => `${x(place)},${y(point.value)}`).join(" ");
  const spread = data.series.map((one, place) =>
    svg("polyline", { points: path(one), fill: "none", stroke: COLOURS[place], "stroke-width": place ? 1.5 : 3, "stroke-linejoin": "round" }));
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title },
    [0, top / 2, top].map((value) => grid(value, y(value))),
    labels.map((label, place) => axis(label, x(place), labels.length > 8 && place % 2)),
    svg("text", { x: WIDTH - RIGHT, y: HEIGHT - 4, "text-anchor": "end" }, data.axis_config.x_label || ""),
    svg("text", { x: 0, y: HEIGHT - 4 }, data.axis_config.y_label || ""),
    spread.reverse());
  return el("div", {}, drawing, legend(data.series));
}

function grid(value, y) {
  return [svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y, stroke: "#e2e2e2" }),
    svg("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, value.toLocaleString("en"))];
}

function axis(label, x, hidden) {
  return hidden ? null : svg("text", { x, y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, label);
}

function legend(series) {
  return el("div", { class: "b-legend" }, series.map((one, place) =>
    el("span", {}, el("i", { style: { background: COLOURS[place] } }), one.name)));
}

// The next round number: 1, 2 or 5 with zeros.
function nice(value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * unit >= value) * unit;
}
