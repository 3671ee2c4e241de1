// The bench beside the window: tour, inspector, faults and what a screen reader hears, each loaded when
// first opened. A module is panels/<name>.js and exports mount(root, api); root is its own, for good.

import { span } from "./dates.js";
import { byId, el } from "./dom.js";
import { markFaults } from "./panels/mark.js";
import { offer } from "./panels/tour-offer.js";

const PANELS = [
  ["tour", "Tour"],
  ["clock", "Clock"],
  ["inspector", "Inspector"],
  ["faults", "Faults"],
  ["reader", "Screen reader"],
];
const KEY = "panel";

const roots = new Map(); // name → its element, once it was opened

// `api` is what the modules may do with the window; see bench.js.
export function setUpPanels(api) {
  byId("panels").replaceChildren(head(api), el("div", { id: "panel-bodies" }));
  const sign = el("span");
  byId("bench").replaceChildren(sign, ...openers(api));
  markFaults(sign, api, () => openPanel("faults", api));
  markClock(api);
  const asked = new URLSearchParams(location.search).get(KEY);
  if (PANELS.some(([name]) => name === asked)) openPanel(asked, api);
  offer(api, () => openPanel("tour", api));
}

function openers(api) {
  const tools = el("button", { class: "bench-open narrow-only", type: "button", onclick: () => toggle(last(), api) }, "Tools");
  const each = PANELS.map(([name, label]) =>
    el("button", { class: "bench-open wide-only", type: "button", "data-panel": name, "aria-expanded": "false",
      "aria-controls": "panels", onclick: () => toggle(name, api) }, label));
  return [...each, tools];
}

// How far time is ahead stands beside the clock's name, also while its panel is closed.
async function markClock(api) {
  const opener = document.querySelector('#bench [data-panel="clock"]');
  const show = ({ ahead }) => (opener.textContent = ahead < 60 ? "Clock" : `Clock +${span(ahead)}`);
  api.subscribe((change) => change.type === "clock" && show(change));
  show(await api.get("clock"));
}

function head(api) {
  const tabs = PANELS.map(([name, label]) =>
    el("button", { role: "tab", type: "button", id: `panel-tab-${name}`, "aria-controls": `panel-${name}`,
      "data-panel": name, "aria-selected": "false", tabindex: "-1", onclick: () => openPanel(name, api) }, label));
  const list = el("div", { role: "tablist", "aria-label": "Tools", class: "panel-tabs" }, tabs);
  list.addEventListener("keydown", (event) => moveTabs(event, tabs));
  const close = el("button", { class: "icon", type: "button", "aria-label": "Close tools", onclick: closePanels }, "✕");
  return el("header", {}, list, close);
}

function moveTabs(event, tabs) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
  next.focus();
  next.click();
}

const shown = () => !byId("panels").hidden && byId("panels").dataset.panel;
const last = () => byId("panels").dataset.panel || PANELS[0][0];

function toggle(name, api) {
  if (shown() === name) closePanels();
  else openPanel(name, api);
}

export async function openPanel(name, api) {
  byId("panels").hidden = false;
  byId("panels").dataset.panel = name;
  mark(name);
  if (!roots.has(name)) await mount(name, api);
}

async function mount(name, api) {
  const root = el("div", { id: `panel-${name}`, class: "panel", role: "tabpanel", tabindex: "0", "aria-labelledby": `panel-tab-${name}` });
  roots.set(name, root);
  byId("panel-bodies").append(root);
  mark(last());
  try {
    const module = await import(`./panels/${name}.js`);
    module.mount(root, api);
  } catch (error) {
    console.warn(`The panel ${name} could not be loaded.`, error);
    root.append(el("p", { class: "empty" }, "This tool is not here."));
  }
}

export function closePanels() {
  const name = shown();
  byId("panels").hidden = true;
  mark(null);
  document.querySelector(`#bench [data-panel="${name}"]`)?.focus();
}

function mark(name) {
  for (const [key, root] of roots) root.hidden = key !== name;
  for (const opener of document.querySelectorAll("#bench [data-panel]")) {
    opener.setAttribute("aria-expanded", String(opener.dataset.panel === name));
  }
  for (const tab of document.querySelectorAll(".panel-tabs [role=tab]")) {
    tab.setAttribute("aria-selected", String(tab.dataset.panel === name));
    tab.tabIndex = tab.dataset.panel === name ? 0 : -1;
  }
  remember(name);
}

// In the address, so that a reload keeps what was open.
function remember(name) {
  const query = new URLSearchParams(location.search);
  if (name) query.set(KEY, name);
  else query.delete(KEY);
  history.replaceState(null, "", `?${query}`);
}
