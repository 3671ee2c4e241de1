// One request and its answer, opened: facts, what to do with it, payload, answer and headers.

import { toast } from "../dom.js";
import { html } from "../vendor/preact.js";
import { Section } from "./json.js";
import { Button, giveWay } from "./parts.js";

const WAYS = { http: "over HTTP", socket: "over Socket Mode" };
const TIME = { hour12: false, hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 };

export function Exchange({ whole, api }) {
  const out = whole.direction === "out";
  return html`<div class="exchange">
    <p class="p-note">${facts(whole).join(" · ")}</p>
    <div class="p-bar"><${Actions} whole=${whole} api=${api} /></div>
    <${Section} title=${out ? "Payload" : "Arguments"} value=${whole.payload} />
    <${Section} title="Answer" value=${whole.answer} />
    ${filled(whole.headers) && html`<${Section} title="Request headers" value=${whole.headers} open=${false} />`}
    ${filled(whole.answer_headers) && html`<${Section} title="Answer headers" value=${whole.answer_headers} open=${false} />`}
  </div>`;
}

const filled = (headers) => Object.keys(headers).length > 0;

function facts(whole) {
  return [
    new Date(whole.at * 1000).toLocaleTimeString("en-GB", TIME),
    whole.direction === "out" ? `to the app ${WAYS[whole.transport]}` : "from the app",
    whole.retry_num && `retry ${whole.retry_num} because of ${whole.retry_reason}`,
    whole.ok === null && "no answer yet",
    whole.error && `error: ${whole.error}`,
    whole.fault && `fault on purpose: ${whole.fault}`,
    whole.no_retry && "the app asked Slack not to retry",
  ].filter(Boolean);
}

function Actions({ whole, api }) {
  const { channel, ts } = whole.about;
  const reachable = channel && api.elementFor({ place: channel });
  const show = () => (api.goTo(channel, ts), giveWay());
  return html`
    ${whole.delivery_id && html`<${Button} act=${() => again(whole, api)} title="Send the very same payload once more">Deliver again<//>`}
    ${reachable && html`<${Button} act=${show}>${ts ? "Show message" : "Show channel"}<//>`}
  `;
}

async function again(whole, api) {
  const replies = await api.post("repeat", { delivery_id: whole.delivery_id });
  if (Array.isArray(replies)) toast(`Delivered again: ${replies[0].error || replies[0].status}`);
}
