// The left side: channels, direct messages, the app, each with what is unread in it.

import { go } from "../going.js";
import { HOME, appChannel, channelName, store } from "../store.js";
import { avatar } from "../ui/avatar.js";
import { icon } from "../ui/icons.js";
import { unreadOf } from "../unread.js";
import { html } from "../vendor/preact.js";

export function Sidebar() {
  const channels = [...store.channels.values()];
  const app = appChannel();
  const named = channels.filter((one) => one.kind === "channel").sort((a, b) => a.name.localeCompare(b.name));
  const direct = channels.filter((one) => one.kind !== "channel" && one !== app);
  return html`<nav id="sidebar" aria-label="Channels" onKeyDown=${arrows}>
    <div class="workspace"><h1>${store.workspace.name}</h1></div>
    <div id="places">
      <${Group} name="Channels" rows=${named.map((one) => place(one, icon(one.private ? "lock" : "hash", 16)))} />
      <${Group} name="Direct messages" rows=${direct.map((one) => place(one, avatar(one.members[0])))} />
      <${Group} name="Apps" rows=${app ? [html`<${AppPlace} key=${app.id} channel=${app} />`] : []} />
    </div>
    <p class="local-note">A local imitation of Slack. Everything here is in memory and stays on this machine.</p>
  </nav>`;
}

function Group({ name, rows }) {
  if (!rows.length) return null;
  return html`<section aria-label=${name}><h3>${name}</h3><ul>${rows.map((row) => html`<li key=${row.key}>${row}</li>`)}</ul></section>`;
}

function place(channel, sign) {
  const here = store.place === channel.id;
  return html`<${Row} key=${channel.id} channel=${channel} name=${channelName(channel.id)} ...${{ sign, here }}
    act=${() => go(channel.id)} />`;
}

// The app opens where something is unread, otherwise at its Home.
function AppPlace({ channel }) {
  const act = () => go(unreadOf(channel.id).count || !store.workspace.home_tab ? channel.id : HOME);
  const here = [HOME, channel.id].includes(store.place);
  return html`<${Row} channel=${channel} name=${store.workspace.bot_name} sign=${avatar(store.workspace.bot)} here=${here} act=${act} />`;
}

function Row({ channel, name, sign, here, act }) {
  const { count, mentions } = unreadOf(channel.id);
  const words = `${name}${count ? `, ${count} unread` : ""}${mentions ? `, ${mentions} for you` : ""}`;
  return html`<button type="button" class=${`place${here ? " here" : ""}${count ? " unread" : ""}`} data-place=${channel.id}
    aria-current=${here ? "page" : undefined} aria-label=${words} onClick=${act}>
    <span class="sign">${sign}</span><span class="place-name">${name}</span>
    ${mentions > 0 && html`<span class="badge">${mentions}</span>`}</button>`;
}

function arrows(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const rows = [...event.currentTarget.querySelectorAll(".place")];
  const at = rows.indexOf(document.activeElement);
  if (at < 0) return;
  event.preventDefault();
  rows[(at + step + rows.length) % rows.length].focus();
}
