// What has failed in front of this person, where it did, in the words of the client.

import { toast } from "./dom.js";
import { store } from "./store.js";
import { html } from "./vendor/preact.js";

// `place` is {view_id} or {channel, message_ts}.
export const failureAt = (place) =>
  store.failures.find((one) => one.what !== "options" && Object.entries(place).every(([key, value]) => one[key] === value)) ?? null;

// Why a type-ahead of a message or view has nothing to offer; "" when nothing failed.
export const optionsFailed = (block, item) =>
  store.failures.find((one) => one.what === "options" && one.block_id === block.block_id && one.action_id === item.action_id)?.text ?? "";

export const Failure = ({ failure }) =>
  failure && html`<div class="banner" role="alert">${failure.text} <small>(${failure.error})</small></div>`;

// Of what stands nowhere, such as a shortcut, a short note tells.
export function tellFailure(reply) {
  if (reply.error && reply.error !== "refused") toast(`This shortcut did not work. Try again? (${reply.error})`);
}
