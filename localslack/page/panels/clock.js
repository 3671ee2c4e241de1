// The clock: time that can be let pass, and what it will do by itself.
//
// Where it is offered (GET /_local/clock, POST /_local/advance; changes come as {type: "clock"}), whoever serves this
// Slack moves the app's world along with it.

import { day, nowHere, span } from "../dates.js";
import { html, render, useEffect, useState } from "../vendor/preact.js";
import { Button, keepLooking, styled, useVisible } from "./parts.js";

const CALM = 500; // ms between two looks
const JUST_AFTER = 1; // seconds
const STEPS = [["15 min", 900], ["1 hour", 3600], ["1 day", 86400]];
const DATE = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export function mount(root, api) {
  styled();
  render(html`<${Clock} api=${api} />`, root);
}

function Clock({ api }) {
  const [node, visible] = useVisible();
  const [state, setState] = useState(null);
  const look = async () => setState(await api.get("clock"));
  useEffect(() => (visible ? keepLooking(api, look, CALM) : undefined), [visible]);
  return html`<div class="clock" ref=${node}>${state && (state.movable ? html`<${Movable} state=${state} api=${api} />` : NOT_HERE)}</div>`;
}

const NOT_HERE = html`<p class="p-note">Time passes by itself here. In the demo (pm demo) it can be moved ahead.</p>`;

function Movable({ state, api }) {
  const pass = (seconds) => api.post("advance", { seconds });
  const busy = state.moving;
  return html`
    <p class="clock-now"><b>${TIME.format(nowHere())}</b> ${DATE.format(nowHere())}</p>
    <p class="p-note" role="status">${busy ? "Moving the clock ahead. It stops at each event until the bot has dealt with it …" : ahead(state.ahead)}</p>
    <div class="p-bar clock-steps" role="group" aria-label="Let time pass">
      ${STEPS.map(([words, seconds]) => html`<${Button} disabled=${busy} act=${() => pass(seconds)} aria-label=${`Let ${words} pass`}>+ ${words}<//>`)}
    </div>
    <section class="p-group" aria-label="Coming up">
      <h3>Coming up</h3>
      <p class="p-note">Each of these happens automatically at its time. “Go there” moves the clock to just after that time. To make such an event and try it, type /pm pause email-sending for 2h because testing.</p>
      <ol>${state.coming.map((one) => html`<${Coming} one=${one} busy=${busy} pass=${pass} />`)}</ol>
    </section>`;
}

function Coming({ one, busy, pass }) {
  const at = new Date(one.at * 1000);
  const left = (at - nowHere()) / 1000;
  return html`<li class="coming">
    <div><b>${TIME.format(at)}</b> <span class="p-note">${day(at)}, ${inWords(left)}</span><br />${one.what}</div>
    <${Button} disabled=${busy} act=${() => pass(left + JUST_AFTER)} aria-label=${`Go to ${TIME.format(at)}: ${one.what}`}>Go there<//>
  </li>`;
}

const ahead = (seconds) => (seconds < 1 ? "Same time as this machine." : `${span(seconds)} later than on this machine.`);
const inWords = (seconds) => (seconds < 60 ? "in less than a minute" : `in ${span(seconds)}`);
