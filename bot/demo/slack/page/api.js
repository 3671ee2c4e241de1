// Talking to the server as the person this window is.

import { toast } from "./dom.js";

export const me = { id: new URLSearchParams(location.search).get("as") || "" };

export async function load() {
  const answer = await fetch(`/_local/state?as=${encodeURIComponent(me.id)}`);
  return answer.json();
}

export async function act(name, body) {
  const answer = await fetch(`/_local/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user: me.id, ...body }),
  });
  const reply = await answer.json();
  if (!answer.ok) {
    toast(reply.error || "Something went wrong.");
    return { status: 0, error: "refused", errors: {} };
  }
  return reply;
}

// Options for what was typed; `holder` is a view's id or a message's ts.
export async function suggest(holder, channel, block, item, text) {
  const ids = { block_id: block.block_id, action_id: item.action_id };
  const offered = await act("suggest", { view_id: holder, channel, text, ...ids });
  return Array.isArray(offered) ? offered : [];
}

// What a click failed with, in the words of the client.
export function explain(reply) {
  if (reply.error === "operation_timeout") return "The app did not answer in time. Try again?";
  if (reply.error === "dispatch_failed") return "The app could not be reached.";
  return "We had some trouble connecting. Try again?";
}

export function follow(onChange, onOpen) {
  const source = new EventSource(`/_local/feed?as=${encodeURIComponent(me.id)}`);
  source.addEventListener("message", (event) => onChange(JSON.parse(event.data)));
  source.addEventListener("open", onOpen);
  return source;
}
