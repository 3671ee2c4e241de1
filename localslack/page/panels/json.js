// JSON one can fold: objects and lists are <details>, drawn when they are opened.

import { html, useState } from "../vendor/preact.js";
import { Button, Copy } from "./parts.js";

const OPEN_LEVELS = 3;
const SMALL = 60; // characters up to which a folded value is shown whole
const PART = 100; // entries drawn of a long list before more are asked for

// A titled, foldable section with a copy button.
export function Section({ title, value, open = true }) {
  const words = () => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
  return html`<${Folder} class="json-section" open=${open} summary=${title}>
    ${() => html`<${Copy} what=${title.toLowerCase()} text=${words} /><div class="json"><${Value} value=${value} level=${0} whole /></div>`}
  <//>`;
}

// <details> whose inside is made (by calling children) only while it is open.
function Folder({ open, summary, children, ...props }) {
  const [shown, setShown] = useState(open);
  return html`<details open=${shown} onToggle=${(event) => setShown(event.currentTarget.open)} ...${props}>
    <summary>${summary}</summary>
    ${shown && children()}
  </details>`;
}

function Value({ name, value, level, whole = false }) {
  const entries = value !== null && typeof value === "object" ? Object.entries(value) : [];
  if (!entries.length) return html`<div class="json-line"><${Name} name=${name} /><${Leaf} value=${value} /></div>`;
  const summary = html`<${Name} name=${name} /><span class="json-mark">${preview(value)}</span>`;
  const list = Array.isArray(value);
  const open = whole || (level < OPEN_LEVELS && !brief(value));
  return html`<${Folder} open=${open} summary=${summary}>
    ${() => html`<div class="json-inner"><${Entries} entries=${entries} list=${list} level=${level + 1} /></div>`}
  <//>`;
}

function Entries({ entries, list, level }) {
  const [count, setCount] = useState(PART);
  const left = entries.length - count;
  return html`${entries.slice(0, count).map(
      ([key, value]) => html`<${Value} key=${key} name=${list ? Number(key) : key} value=${value} level=${level} />`,
    )}
    ${left > 0 && html`<${Button} act=${() => setCount(count + PART)}>${left} more<//>`}`;
}

function Name({ name }) {
  if (name === undefined) return null;
  return html`<span class=${typeof name === "number" ? "json-index" : "json-key"}>${name}: </span>`;
}

function Leaf({ value }) {
  const kind = typeof value === "string" ? "json-string" : "json-other";
  return html`<span class=${kind}>${JSON.stringify(value) ?? "nothing"}</span>`;
}

function brief(value) {
  if (Object.keys(value).length > 4) return "";
  const whole = JSON.stringify(value);
  return whole.length <= SMALL ? whole : "";
}

function preview(value) {
  const count = Object.keys(value).length;
  if (Array.isArray(value)) return brief(value) || `[${count}]`;
  return brief(value) || (typeof value.type === "string" ? `{${value.type}}` : `{${count}}`);
}
