// What this window knows and shows. Whoever changes it calls redraw(); the window is drawn once a frame at most.

export const HOME = "HOME"; // the place that is the app's Home, beside the ids of channels

export const store = {
  me: "",
  workspace: {},
  people: new Map(),
  usergroups: new Map(),
  channels: new Map(),
  messages: new Map(), // channel → ts → message
  since: new Map(), // channel → ts of the oldest message of the unbroken run that is loaded; "" means from the beginning
  reads: {}, // channel, or channel/thread → ts up to which this person has read
  views: [],
  home: null,
  failures: [], // what has failed in front of this person and still stands there
  names: 0, // counts up whenever people or channels may be called something else
  place: null, // the channel that is open, or HOME
  thread: null, // ts of the thread that is open beside it
  newFrom: "", // what was unread in the open channel when it was opened: after this ts,
  newTo: "", // up to this one
  editing: null, // ts of one's own message that is being changed
  pointed: null, // ts a link led to
  menuOpen: false,
  connected: true,
};

export function fill(state) {
  const again = store.me === state.me;
  store.me = state.me;
  store.workspace = state.workspace;
  store.people = new Map(state.people.map((person) => [person.id, person]));
  store.usergroups = new Map(state.usergroups.map((group) => [group.id, group]));
  store.channels = new Map(state.channels.map((channel) => [channel.id, channel]));
  const before = again ? store.messages : new Map();
  store.messages = new Map();
  for (const [id, page] of Object.entries(state.messages)) fillChannel(id, page, before.get(id));
  store.reads = state.reads;
  store.views = state.views;
  store.home = state.home;
  store.failures = state.failures;
  store.names += 1;
}

// The newest page of a channel. Older ones that were loaded stay when the page follows on them.
function fillChannel(id, { messages, older }, known) {
  const first = messages[0]?.ts;
  const follows = older && known?.has(first);
  const kept = follows ? [...known.values()].filter((message) => message.ts < first) : [];
  store.messages.set(id, byTs([...kept, ...messages]));
  if (!follows) store.since.set(id, older ? first : "");
}

const byTs = (messages) => new Map(messages.map((message) => [message.ts, message]));

export function addOlder(channel, page, limit) {
  const known = store.messages.get(channel);
  for (const message of page) known.set(message.ts, message);
  store.since.set(channel, page.length < limit ? "" : page[0].ts);
}

export const inThread = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;

export const isBroadcast = (message) => message.subtype === "thread_broadcast";

const earlier = (a, b) => (a.ts < b.ts ? -1 : 1);

// What stands in the channel itself, oldest first.
export function mainMessages(channel) {
  const since = store.since.get(channel) ?? "";
  const all = [...(store.messages.get(channel)?.values() ?? [])];
  return all.filter((m) => m.ts >= since && (!inThread(m) || isBroadcast(m))).sort(earlier);
}

export function threadMessages(channel, thread) {
  const all = [...(store.messages.get(channel)?.values() ?? [])];
  return all.filter((m) => m.ts === thread || m.thread_ts === thread).sort(earlier);
}

// Names for ids

export function displayName(user) {
  if (user === store.workspace.bot) return store.workspace.bot_name;
  if (user === "USLACKBOT") return "Slackbot";
  return store.people.get(user)?.real_name || user;
}

export function channelName(id) {
  const channel = store.channels.get(id);
  if (!channel) return id;
  return channel.kind === "channel" ? channel.name : others(channel).map(displayName).join(", ");
}

// The other people in a direct conversation; the app is named when nobody else is there.
function others(channel) {
  const people = channel.members.filter((member) => member !== store.me && member !== store.workspace.bot);
  return people.length ? people : [store.workspace.bot];
}

// The direct messages with the app.
export const appChannel = () => [...store.channels.values()].find((channel) => channel.kind === "im");

// Drawing

let draw = () => {};
let waiting = false;

export function onDraw(work) {
  draw = work;
}

// A window in the background gets no frames: then it is drawn a little later.
export function redraw() {
  if (waiting) return;
  waiting = true;
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, 200);
  function once() {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    waiting = false;
    draw();
  }
}
