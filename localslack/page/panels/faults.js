// What goes wrong on purpose: standing faults behind switches, exact ones for the next calls, and chance's seed.

import { html, render, useEffect, useState } from "../vendor/preact.js";
import { Orders } from "./orders.js";
import { Button, keepLooking, planned, styled, useVisible } from "./parts.js";

const CALM = 300; // ms between two readings

export function mount(root, api) {
  styled();
  render(html`<${Faults} api=${api} />`, root);
  return () => render(null, root);
}

function Faults({ api }) {
  const [node, visible] = useVisible();
  const [state, read] = useFaults(api, visible);
  const act = async (name, body) => {
    await api.post(name, body);
    await read();
  };
  return html`<div class="faults" ref=${node}>${state && html`
    <div class="p-bar spread">
      <p class=${state.on.length || state.to_come ? "p-alarm" : "p-note"} role="status">${summary(state)}</p>
      <${Button} act=${() => act("clear_faults", {})} disabled=${!state.on.length && !state.to_come}>All off<//>
    </div>
    <ul class="switches">${state.switches.map((one) => html`<${Switch} key=${one.name} one=${one} act=${act} />`)}</ul>
    <${Orders} waiting=${state.waiting} act=${act} />
    <${Seed} seed=${state.seed} act=${act} />
  `}</div>`;
}

function useFaults(api, visible) {
  const [state, setState] = useState(null);
  const read = async () => setState(await api.get("faults"));
  useEffect(() => {
    return visible ? keepLooking(api, read, CALM) : undefined;
  }, [visible]);
  return [state, read];
}

function summary({ on, to_come: toCome }) {
  const parts = [on.join(", "), planned(toCome)].filter(Boolean);
  return parts.length ? `On: ${parts.join("; ")}` : "No faults are switched on.";
}

function Switch({ one, act }) {
  const id = `switch-${one.name}`;
  const turn = () => act("fault_switch", { name: one.name, on: !one.on });
  const set = (parameter, value) => act("fault_switch", { name: one.name, on: one.on, [parameter]: value });
  return html`<li class=${one.on ? "switch on" : "switch"}>
    <button type="button" role="switch" class="switch-button" id=${id} aria-checked=${String(one.on)}
      aria-describedby=${`${id}-does`} onClick=${turn}><span class="knob" aria-hidden="true"></span>${one.label}</button>
    ${one.struck > 0 && html`<span class="p-tag fault">used ${one.struck} time${one.struck === 1 ? "" : "s"}</span>`}
    <p class="p-note" id=${`${id}-does`}>${one.description}</p>
    ${one.parameters.length > 0 && html`<div class="fields">
      ${one.parameters.map((it) => html`<${Parameter} key=${it.name} it=${it} of=${one.label} set=${set} />`)}
    </div>`}
  </li>`;
}

function Parameter({ it, of, set }) {
  const number = it.type === "number";
  const limits = number ? { min: 0, max: it.name === "share" ? 1 : undefined, step: it.name === "share" ? 0.1 : "any" } : {};
  const [draft, setDraft] = useState(null); // what is being typed; news from elsewhere do not take it away
  const changed = async () => {
    if (draft !== null && (draft !== "" || !number)) await set(it.name, number ? Number(draft) : draft);
    setDraft(null);
  };
  return html`<label class=${number ? "field" : "field wide"}><span>${it.label}</span>
    <input type=${it.type} value=${draft ?? it.value} aria-label=${`${of}: ${it.label}`} ...${limits}
      onInput=${(event) => setDraft(event.currentTarget.value)} onChange=${changed} />
  </label>`;
}

function Seed({ seed, act }) {
  const begin = (event) => {
    event.preventDefault();
    act("fault_seed", { seed: Number(event.currentTarget.elements.seed.value) });
  };
  return html`<form class="p-group" onSubmit=${begin}>
    <h3>Chance</h3>
    <p class="p-note">The same seed and the same calls give the same faults.</p>
    <div class="p-bar">
      <label class="field"><span>Seed</span><input name="seed" type="number" step="1" required defaultValue=${seed} /></label>
      <button type="submit" class="p-btn">Begin again</button>
    </div>
  </form>`;
}
