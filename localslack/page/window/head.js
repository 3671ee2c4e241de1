// Above the messages: where one is, who is there, the app's tabs.

import { link } from "../blocks/links.js";
import { withEmoji } from "../blocks/mrkdwn.js";
import { avatar } from "../ui/avatar.js";
import { closeThread, go, showMenu } from "../going.js";
import { HOME, appChannel, channelName, store } from "../store.js";
import { icon } from "../ui/icons.js";
import { html } from "../vendor/preact.js";

export function Head() {
  const channel = store.channels.get(store.place);
  const app = store.place === HOME || channel?.id === appChannel()?.id;
  const name = app ? store.workspace.bot_name : channelName(store.place);
  document.title = `${name} – ${store.workspace.name}`;
  return html`<header id="head">
    <button id="menu" class="icon" type="button" aria-label="Show channels" aria-expanded=${String(store.menuOpen)}
      onClick=${() => showMenu(!store.menuOpen)}>${icon("menu", 20)}</button>
    ${app ? avatar(store.workspace.bot) : html`<span class="head-sign">${icon(channel.private ? "lock" : "hash", 18)}</span>`}
    <h2 id="title">${name}</h2>
    ${app ? html`<${Tabs} />` : html`<${About} channel=${channel} />`}
  </header>`;
}

function About({ channel }) {
  const count = channel.members.length;
  return html`<span id="subtitle" title=${channel.topic}>${channel.archived ? "archived" : (channel.topic ?? "")}</span>
    <span class="members" title=${`${count} members`}>${icon("people", 16)} <span aria-label=${`${count} members`}>${count}</span></span>`;
}

export function Bookmarks() {
  const marks = store.channels.get(store.place)?.bookmarks ?? [];
  if (!marks.length) return null;
  return html`<nav id="bookmarks" aria-label="Bookmarks">${marks.map((one) =>
    html`<span key=${one.id}>${link(one.link, `${withEmoji(one.emoji || ":bookmark:")} ${one.title}`)}</span>`)}</nav>`;
}

function Tabs() {
  const tabs = [["Messages", appChannel()?.id]];
  if (store.workspace.home_tab) tabs.unshift(["Home", HOME]);
  return html`<div id="tabs" role="tablist" aria-label="App" onKeyDown=${turn}>
    ${tabs.map(([label, place]) => html`<button key=${label} role="tab" type="button" aria-selected=${String(place === store.place)}
      tabindex=${place === store.place ? 0 : -1} onClick=${() => go(place)}>${label}</button>`)}
  </div>`;
}

function turn(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tabs = [...event.currentTarget.children];
  const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
  next.focus();
  next.click();
}

export function ThreadHead({ channel }) {
  const kind = store.channels.get(channel)?.kind;
  return html`<header>
    <h2>Thread</h2><span class="hint">${kind === "channel" ? `#${channelName(channel)}` : channelName(channel)}</span>
    <button id="thread-close" class="icon" type="button" aria-label="Close thread" onClick=${closeThread}>${icon("close")}</button>
  </header>`;
}
