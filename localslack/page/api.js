// Talking to the server as the person this window is.

import { toast } from "./dom.js";
import { store } from "./store.js";

const AGAIN = 1000; // milliseconds until a lost connection is tried again

export async function get(path) {
  const answer = await fetch(`/_local/${path}`);
  return answer.json();
}

export const load = (user) => get(`state?as=${encodeURIComponent(user)}`);

// What one may see of a channel: `more` is {before, limit} or {thread}.
export const messagesOf = (channel, more) => get(`messages?${new URLSearchParams({ channel, as: store.me, ...more })}`);

// Do something; a refusal is shown and comes back as {status: 0, error: "refused"}.
export async function act(name, body) {
  try {
    return await send(name, body);
  } catch {
    toast("The local Slack does not answer. Is it still running?");
    return { status: 0, error: "refused", errors: {} };
  }
}

async function send(name, body) {
  const answer = await fetch(`/_local/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user: store.me, ...body }),
  });
  const reply = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
  if (answer.ok) return reply;
  toast(reply.error || "This did not work. Try again; if it fails again, restart the local Slack.");
  return { status: 0, error: "refused", errors: {} };
}

// Live changes for a person; `heard` tells of each, `opened` and `lost` of the connection. Gives what ends it.
export function follow(user, { heard, opened, lost }) {
  let socket;
  let ended = false;
  const connect = () => {
    if (ended) return;
    socket = new WebSocket(`ws://${location.host}/_local/feed?as=${encodeURIComponent(user)}`);
    socket.addEventListener("message", (event) => ended || heard(JSON.parse(event.data)));
    socket.addEventListener("open", () => ended || opened());
    socket.addEventListener("close", () => {
      if (ended) return;
      lost();
      setTimeout(connect, AGAIN);
    });
  };
  connect();
  return () => {
    ended = true;
    socket.close();
  };
}

// Options for what was typed; `holder` is a view's id or a message's ts.
export async function suggest(holder, channel, block, item, text) {
  const offered = await act("suggest", { view_id: holder, channel, text, block_id: block.block_id, action_id: item.action_id });
  return Array.isArray(offered) ? offered : [];
}
