// What this window knows, read whole at the beginning and then changed one by one.

import { load } from "./api.js";
import { setAhead } from "./dates.js";
import { remember, rememberNew } from "./going.js";
import { HOME, fill, redraw, store } from "./store.js";

const again = () => begin(store.me);

const ways = {
  message: ({ message }) => {
    const messages = store.messages.get(message.channel);
    if (!messages) return again();
    messages.set(message.ts, message);
  },
  deleted: ({ channel, ts }) => store.messages.get(channel)?.delete(ts),
  views: ({ views }) => (store.views = views),
  home: ({ view }) => (store.home = view),
  failures: ({ failures }) => (store.failures = failures),
  read: ({ place, ts }) => (store.reads[place] = ts),
  clock: ({ ahead }) => setAhead(ahead),
  people: again,
  channels: again,
};

let heardMeanwhile = null; // changes that came while the whole was being read

export function take(change) {
  const way = ways[change.type];
  if (!way) return;
  heardMeanwhile?.push(change);
  way(change);
  redraw();
}

// Take in the whole workspace as `user` sees it. What changes meanwhile is not forgotten.
export async function begin(user) {
  const meanwhile = (heardMeanwhile = []);
  const state = await load(user);
  if (heardMeanwhile !== meanwhile) return; // somebody else has begun after this
  heardMeanwhile = null;
  const before = store.me;
  fill(state);
  setAhead(state.ahead);
  for (const change of meanwhile) if (ways[change.type] !== again) ways[change.type](change);
  if (store.place !== HOME && !store.channels.has(store.place)) store.place = state.channels[0]?.id ?? HOME;
  if (store.me !== before) rememberNew();
  remember();
  redraw();
}
