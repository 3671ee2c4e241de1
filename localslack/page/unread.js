// What this person has not read: in channels, in direct messages, and in threads they are part of.

import { act } from "./api.js";
import { inThread, isBroadcast, mainMessages, store, threadMessages } from "./store.js";

const AT_MOST_EVERY = 500; // ms between two reports of the same place

const byOthers = (message) => message.user !== store.me && !message.is_ephemeral;
const threadKey = (channel, thread) => `${channel}/${thread}`;
const readUpTo = (place) => store.reads[place] ?? "";

// {count, mentions}: unread messages of the channel, and how many of them or of its threads are for this person.
export function unreadOf(channel) {
  const direct = store.channels.get(channel)?.kind !== "channel";
  let count = 0;
  let mentions = 0;
  for (const message of store.messages.get(channel)?.values() ?? []) {
    if (!byOthers(message)) continue;
    if (inThread(message) && !isBroadcast(message)) mentions += unreadReply(channel, message) ? 1 : 0;
    else if (message.ts > readUpTo(channel)) {
      count += 1;
      mentions += direct || forMe(message) ? 1 : 0;
    }
  }
  return { count, mentions };
}

export function unreadReplies(channel, thread) {
  const replies = threadMessages(channel, thread).filter((message) => byOthers(message) && inThread(message));
  return replies.filter((message) => unreadReply(channel, message)).length;
}

function unreadReply(channel, reply) {
  return reply.ts > readUpTo(threadKey(channel, reply.thread_ts)) && (forMe(reply) || following(channel, reply.thread_ts));
}

// Whoever began a thread, answered in it or is named in its first message follows it.
function following(channel, thread) {
  const parent = store.messages.get(channel)?.get(thread);
  if (!parent) return false;
  return parent.user === store.me || Boolean(parent.reply_users?.includes(store.me)) || forMe(parent);
}

const named = new WeakMap(); // message → {me, yes}: whether it names this person

function forMe(message) {
  const known = named.get(message);
  if (known?.me === store.me) return known.yes;
  const words = message.text + JSON.stringify(message.blocks ?? "");
  const yes = [`<@${store.me}>`, `"user_id":"${store.me}"`].some((name) => words.includes(name));
  const everyone = /<!(channel|here|everyone)>|"type":"broadcast"/.test(words);
  named.set(message, { me: store.me, yes: yes || everyone });
  return yes || everyone;
}

const resting = new Map(); // person and place that was reported a moment ago → ts to report after that, or null

// This person has now seen everything in the open channel (and thread).
export function markRead(channel, thread = null) {
  const last = (thread ? threadMessages(channel, thread) : mainMessages(channel)).at(-1)?.ts;
  const place = thread ? threadKey(channel, thread) : channel;
  if (!last || last <= readUpTo(place)) return;
  store.reads[place] = last;
  report(store.me, place, last);
}

function report(user, place, ts) {
  const key = `${user} ${place}`;
  if (resting.has(key)) return resting.set(key, ts);
  resting.set(key, null);
  setTimeout(() => {
    const next = resting.get(key);
    resting.delete(key);
    if (next) report(user, place, next);
  }, AT_MOST_EVERY);
  return act("mark_read", { user, place, ts });
}
