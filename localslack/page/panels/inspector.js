// Every request and answer both ways, newest first. The list holds short rows; what was in them comes when opened.

import { html, render, useEffect, useRef, useState } from "../vendor/preact.js";
import { Exchange } from "./exchange.js";
import { Log } from "./log.js";
import { Button, styled, useVisible } from "./parts.js";

const SHOWN = 200; // rows drawn before older ones are asked for

const KINDS = {
  all: ["All kinds", () => true],
  command: ["Commands", (row) => row.kind === "command"],
  interactive: ["Interactions", (row) => row.kind === "interactive" || row.kind === "options"],
  event: ["Events", (row) => row.kind === "event"],
  api: ["Web API", (row) => row.direction === "in"],
  errors: ["Only errors", (row) => row.ok === false],
};

export function mount(root, api) {
  styled();
  render(html`<${Inspector} api=${api} />`, root);
  return () => render(null, root);
}

function Inspector({ api }) {
  const [node, visible] = useVisible();
  const log = useLog(api, visible);
  const [filter, setFilter] = useState({ text: "", kind: "all" });
  const [most, setMost] = useState(SHOWN);
  const narrow = (change) => (setFilter({ ...filter, ...change }), setMost(SHOWN));
  const fitting = log.rows.filter((row) => fits(row, filter));
  return html`<div class="inspector" ref=${node}>
    <${Bar} log=${log} filter=${filter} narrow=${narrow} />
    <p class="p-note" role="status">${summary(log, fitting)}</p>
    <ol class="rows" aria-label="Requests, newest first">
      ${fitting.slice(0, most).map((row) => html`<${Row} key=${row.n} row=${row} api=${api} />`)}
    </ol>
    ${fitting.length > most && html`<${Button} act=${() => setMost(most + SHOWN)}>Show older<//>`}
  </div>`;
}

// The log as it grows, while the panel is seen and not paused.
function useLog(api, visible) {
  const [, redraw] = useState(0);
  const [paused, setPaused] = useState(false);
  const held = useRef(null);
  const log = (held.current ??= new Log(api, () => redraw((count) => count + 1)));
  useEffect(() => (visible && !paused ? log.follow() : undefined), [visible, paused]);
  return { rows: log.rows(), clear: () => log.clear(), paused, pause: () => setPaused(!paused) };
}

function Bar({ log, filter, narrow }) {
  const options = Object.entries(KINDS).map(([value, [name]]) => html`<option value=${value}>${name}</option>`);
  return html`<div class="p-bar">
    <input type="search" placeholder="Filter" aria-label="Filter by text" value=${filter.text}
      onInput=${(event) => narrow({ text: event.currentTarget.value })} />
    <select aria-label="Kind" value=${filter.kind} onChange=${(event) => narrow({ kind: event.currentTarget.value })}>${options}</select>
    <${Button} act=${log.pause} aria-pressed=${String(log.paused)}>Pause<//>
    <${Button} act=${log.clear}>Clear<//>
  </div>`;
}

function fits(row, { text, kind }) {
  const words = [row.name, row.who, row.kind, row.status, row.error, row.fault].join(" ").toLowerCase();
  return KINDS[kind][1](row) && words.includes(text.trim().toLowerCase());
}

function summary(log, fitting) {
  const paused = log.paused ? "Paused. " : "";
  if (!log.rows.length) return `${paused}Nothing yet: type a command or click a button.`;
  return `${paused}${fitting.length} of ${log.rows.length}`;
}

// One line, which opens to everything known about the exchange.
function Row({ row, api }) {
  const [open, setOpen] = useState(false);
  const [whole, setWhole] = useState(null);
  useEffect(() => {
    if (open) api.get(`log/${row.n}`).then(setWhole);
  }, [open, row.rev]);
  return html`<li class=${`row ${row.ok === false ? "failed" : ""}`} data-n=${row.n}>
    <button type="button" class="row-line" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}><${Line} row=${row} /></button>
    ${open && whole && html`<div class="row-body"><${Exchange} whole=${whole} api=${api} /></div>`}
  </li>`;
}

function Line({ row }) {
  const out = row.direction === "out";
  return html`
    <span class=${`arrow ${row.direction}`} role="img" aria-label=${out ? "To the app:" : "From the app:"}>${out ? "→" : "←"}</span>
    <span class="row-words">
      <span class="row-name">${row.name}</span>
      ${row.who && html`<span class="row-who">${row.who}</span>`}
      ${row.retry_num > 0 && html`<span class="p-tag">retry ${row.retry_num}</span>`}
      ${row.fault && html`<span class="p-tag fault">${row.fault}</span>`}
      ${row.error && row.error !== row.fault && html`<span class="row-error">${row.error}</span>`}
    </span>
    <span class="row-status">${row.status || (row.ok === null ? "…" : "none")}</span>
    <span class="row-ms">${row.ms === null ? "" : `${row.ms} ms`}</span>
  `;
}
