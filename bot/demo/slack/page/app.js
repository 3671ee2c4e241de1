// The window: what is open in it, and what changes while it is.

import { act, follow, load, me } from "./api.js";
import { composer } from "./composer.js";
import { byId, el } from "./dom.js";
import { MessageList } from "./messages.js";
import { HOME, addUnread, clearUnread, direct, drawSidebar, drawWho } from "./sidebar.js";
import { channelName, fill, store } from "./store.js";
import { showHome, showViews } from "./views.js";

const asked = new URLSearchParams(location.search);
const open = { place: asked.get("channel"), thread: null };

const main = new MessageList(byId("messages"), {
  belongs: (m) => m.channel === open.place && (!inThread(m) || m.subtype === "thread_broadcast"),
  openThread,
});
const side = new MessageList(byId("thread-messages"), {
  belongs: (m) => m.channel === open.place && open.thread !== null && [m.ts, m.thread_ts].includes(open.thread),
  openThread,
});

const inThread = (m) => m.thread_ts && m.thread_ts !== m.ts;
const inOrder = (channel) => [...(store.messages.get(channel)?.values() || [])].sort((a, b) => Number(a.ts) - Number(b.ts));

function go(place) {
  open.place = place;
  closeThread();
  clearUnread(place);
  remember();
  draw();
  if (place === HOME) act("open_home", {});
}

function remember() {
  const query = new URLSearchParams({ as: store.me, channel: open.place });
  history.replaceState(null, "", `?${query}`);
}

function draw() {
  const home = open.place === HOME;
  drawSidebar(open.place, go);
  showMenu(false);
  drawHead(home);
  byId("home").hidden = !home;
  byId("messages").hidden = home;
  byId("composer").hidden = home;
  if (home) return showHome(store.home);
  if (byId("composer").dataset.place !== open.place) drawComposer();
  main.fill(inOrder(open.place));
}

function drawComposer() {
  const name = channelName(open.place);
  const label = open.place.startsWith("D") ? `Message ${name}` : `Message #${name}`;
  byId("composer").dataset.place = open.place;
  byId("composer").replaceChildren(composer(() => ({ channel: open.place }), label));
}

function drawHead(home) {
  const channel = store.channels.get(open.place);
  const app = home || channel?.kind === "im";
  const sign = channel?.private ? "🔒 " : "# ";
  byId("title").textContent = app ? store.workspace.bot_name : sign + channelName(open.place);
  document.title = `${app ? store.workspace.bot_name : channelName(open.place)} – ${store.workspace.name}`;
  byId("subtitle").textContent = app ? "" : `${channel.members.length} members`;
  byId("tabs").hidden = !app;
  if (app) byId("tabs").replaceChildren(tab("Home", HOME, home), tab("Messages", direct().id, !home));
}

function tab(name, place, chosen) {
  const props = { role: "tab", type: "button", "aria-selected": String(chosen), onclick: () => go(place) };
  return el("button", props, name);
}

function openThread(ts) {
  open.thread = ts;
  byId("thread").hidden = false;
  document.body.classList.add("with-thread");
  const where = () => ({ channel: open.place, thread_ts: ts });
  byId("thread-composer").replaceChildren(composer(where, "Reply…"));
  side.fill(inOrder(open.place));
  byId("thread-composer").querySelector("textarea").focus();
}

function closeThread() {
  open.thread = null;
  byId("thread").hidden = true;
  document.body.classList.remove("with-thread");
}

function showMenu(shown) {
  document.body.classList.toggle("menu-open", shown);
  byId("menu").setAttribute("aria-expanded", String(shown));
}

// Changes as they come

const changes = {
  message: ({ message }) => {
    const messages = store.messages.get(message.channel);
    if (!messages) return begin();
    const news = !messages.has(message.ts) && message.user !== store.me && !inThread(message);
    messages.set(message.ts, message);
    main.put(message);
    side.put(message);
    if (!news || (message.channel === open.place && document.hasFocus())) return;
    if (message.channel !== open.place) addUnread(message.channel);
    drawSidebar(open.place, go);
  },
  deleted: ({ channel, ts }) => {
    store.messages.get(channel)?.delete(ts);
    if (channel !== open.place) return;
    main.remove(ts);
    side.remove(ts);
  },
  views: ({ views }) => showViews(views),
  home: ({ view }) => {
    store.home = view;
    if (open.place === HOME) showHome(view);
  },
  people: () => begin(),
};

async function begin() {
  const state = await load();
  fill(state);
  me.id = store.me;
  drawWho((id) => (location.search = new URLSearchParams({ as: id, channel: stays(id) })));
  if (open.place !== HOME && !store.channels.has(open.place)) open.place = state.channels[0].id;
  remember();
  draw();
  showViews(state.views);
  if (open.place === HOME) act("open_home", {});
  const ts = asked.get("ts");
  if (ts) main.show(ts);
}

// Where the next person begins: one's direct messages are one's own.
const stays = () => (open.place.startsWith("D") ? HOME : open.place);

byId("menu").addEventListener("click", () => showMenu(!document.body.classList.contains("menu-open")));
byId("thread-close").addEventListener("click", closeThread);
document.addEventListener("click", (event) => {
  const goto = event.target.closest?.("[data-goto]");
  if (goto && store.channels.has(goto.dataset.goto)) {
    event.preventDefault();
    go(goto.dataset.goto);
  }
});

if (!me.id) {
  const state = await load();
  me.id = state.me;
}
follow((change) => changes[change.type]?.(change), begin);
