// The app's Home: what it has published for this person.

import { Blocks } from "../blocks/blocks.js";
import { store } from "../store.js";
import { html } from "../vendor/preact.js";
import { contextOf } from "./viewing.js";

export function Home() {
  const view = store.home;
  if (!view) return html`<div id="home"><p class="empty">This app has not published its Home yet.</p></div>`;
  return html`<div id="home" data-view=${view.id} tabindex="0" role="region" aria-label="Home">
    <${Blocks} blocks=${view.blocks} context=${contextOf(view)} /></div>`;
}
