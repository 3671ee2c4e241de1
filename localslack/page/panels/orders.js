// Exact faults: what the next calls of a method meet; and connections that end now.

import { html } from "../vendor/preact.js";
import { Button } from "./parts.js";

const KINDS = {
  ratelimited: "is answered 429",
  error: "is answered 500",
  lost: "works, and its answer is lost",
  slow: "waits before it works",
  refuse: "is refused with an error",
};
const METHODS = ["chat.postMessage", "chat.update", "chat.postEphemeral", "views.open", "views.update", "views.publish", "response_url"];

export function Orders({ waiting, act }) {
  return html`<form class="p-group" onSubmit=${(event) => order(event, act)}>
    <h3>The next call</h3>
    <div class="fields">
      <label class="field wide"><span>of</span>
        <input name="method" list="fault-methods" required defaultValue="chat.postMessage" aria-label="Method" /></label>
      <datalist id="fault-methods">${METHODS.map((name) => html`<option value=${name} />`)}</datalist>
      <label class="field wide"><span>what</span><select name="kind" aria-label="What happens">
        ${Object.entries(KINDS).map(([kind, words]) => html`<option value=${kind}>${words}</option>`)}
      </select></label>
      <label class="field"><span>Times</span><input name="times" type="number" min="1" step="1" defaultValue="1" /></label>
      <label class="field"><span>Seconds</span><input name="seconds" type="number" min="0" step="any" defaultValue="1" title="Retry-After, or how long it waits" /></label>
      <label class="field"><span>Error</span><input name="error" defaultValue="fatal_error" title="What it is refused with" /></label>
    </div>
    <div class="p-bar">
      <button type="submit" class="p-btn">Add this fault</button>
      <${Button} act=${() => act("disconnect", {})} title="End every Socket Mode connection, as Slack does from time to time">Disconnect sockets<//>
    </div>
    ${waiting.length > 0 && html`<ul class="waiting" aria-label="Still to come">${waiting.map(waitingLine)}</ul>`}
  </form>`;
}

function order(event, act) {
  event.preventDefault();
  const { method, kind, times, seconds, error } = event.currentTarget.elements;
  const wait = Number(seconds.value);
  act("fault", {
    method: method.value.trim(),
    kind: kind.value,
    times: Number(times.value),
    retry_after: Math.ceil(wait),
    seconds: wait,
    error: error.value.trim(),
  });
}

const waitingLine = ({ method, kind, times }) =>
  html`<li><code>${method}</code> ${KINDS[kind]}${times > 1 ? `, ${times} times` : ""}</li>`;
