// data_visualization blocks as SVG: lines, areas and bars over categories; a pie with its parts named beside it.

import { h, html } from "../vendor/preact.js";

const WIDTH = 560, HEIGHT = 210, LEFT = 46, RIGHT = 10, TOP = 10, BOTTOM = 40;
const COLOURS = ["#1264a3", "#9aa0a6", "#b0b5ba", "#c3c7cb", "#d5d8db", "#e3e5e7"]; // the first series is the news
const SLICES = ["#1264a3", "#2bac76", "#e8912d", "#cd2553", "#7d3986", "#36c5f0", "#616061", "#c9b037"];
const FLOOR = HEIGHT - BOTTOM;
const HALF_A_LABEL = 18; // "00:00"

export function chart(block) {
  const drawn = block.chart.type === "pie" ? pie(block.chart, block.title) : overCategories(block.chart, block.title);
  return html`<figure class="b-chart"><figcaption>${block.title}</figcaption>${drawn}</figure>`;
}

// The last label of a line ends where the line does: beside its point it would be cut off.
const anchor = (at) => (at + HALF_A_LABEL > WIDTH ? "end" : "middle");

function overCategories(data, title) {
  const labels = data.axis_config.categories;
  const top = nice(Math.max(1, ...data.series.flatMap((one) => one.data.map((point) => point.value))));
  const wide = (WIDTH - LEFT - RIGHT) / (data.type === "bar" ? labels.length : Math.max(1, labels.length - 1));
  const x = (place) => LEFT + (data.type === "bar" ? place + 0.5 : place) * wide;
  const y = (value) => FLOOR - (value * (FLOOR - TOP)) / top;
  const every = Math.ceil(labels.length / 10);
  const { x_label, y_label } = data.axis_config;
  return html`<div><svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${title}>
      ${[0, top / 2, top].map((value) => grid(value, y(value)))}
      ${labels.map((label, place) => place % every === 0 && html`<text x=${x(place)} y=${FLOOR + 16} text-anchor=${anchor(x(place))}>${label}</text>`)}
      <text x=${WIDTH - RIGHT} y=${HEIGHT - 4} text-anchor="end">${x_label ?? ""}</text>
      <text x="0" y=${HEIGHT - 4}>${y_label ?? ""}</text>
      ${data.series.map((one, place) => series(data, one, place, { x, y, wide })).reverse()}
    </svg>${data.series.length > 0 && html`<${Legend} names=${data.series.map((one) => one.name)} colours=${COLOURS} />`}</div>`;
}

function series(data, one, place, { x, y, wide }) {
  const colour = COLOURS[place % COLOURS.length];
  if (data.type === "bar") {
    const width = (wide * 0.8) / data.series.length;
    const left = (at) => x(at) - wide * 0.4 + place * width;
    const tall = (point) => FLOOR - y(point.value);
    return one.data.map((point, at) =>
      html`<rect x=${left(at)} y=${y(point.value)} width=${width} height=${tall(point)} fill=${colour} />`);
  }
  const points = one.data.map((point, at) => `${x(at)},${y(point.value)}`).join(" ");
  const line = html`<polyline points=${points} fill="none" stroke=${colour} stroke-width=${place ? 1.5 : 3} stroke-linejoin="round" />`;
  if (data.type !== "area") return line;
  return [html`<polygon points=${`${x(0)},${FLOOR} ${points} ${x(one.data.length - 1)},${FLOOR}`} fill=${colour} opacity="0.18" />`, line];
}

const grid = (value, y) => html`<line x1=${LEFT} x2=${WIDTH - RIGHT} y1=${y} y2=${y} class="grid" />
  <text x=${LEFT - 6} y=${y + 4} text-anchor="end">${value.toLocaleString("en")}</text>`;

function pie({ segments }, title) {
  const whole = segments.reduce((sum, one) => sum + one.value, 0) || 1;
  let turned = 0;
  const slices = segments.map((one, place) => {
    const from = turned;
    turned += one.value / whole;
    return slice(from, turned, SLICES[place % SLICES.length]);
  });
  const named = segments.map((one) => `${one.label}: ${Math.round((one.value / whole) * 100)}%`);
  return html`<div class="pie"><svg viewBox="-1 -1 2 2" role="img" aria-label=${title}>${slices}</svg>
    <${Legend} names=${named} colours=${SLICES} /></div>`;
}

function slice(from, to, colour) {
  if (to - from > 0.9999) return html`<circle r="1" fill=${colour} />`;
  const at = (part) => `${Math.sin(part * 2 * Math.PI)} ${-Math.cos(part * 2 * Math.PI)}`;
  return html`<path d=${`M0 0L${at(from)}A1 1 0 ${to - from > 0.5 ? 1 : 0} 1 ${at(to)}z`} fill=${colour} />`;
}

function Legend({ names, colours }) {
  return html`<ul class="b-legend">${names.map((name, place) =>
    html`<li>${h("i", { style: { background: colours[place % colours.length] } })}${name}</li>`)}</ul>`;
}

// The next round number: 1, 2 or 5 with zeros.
function nice(value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * unit >= value) * unit;
}
