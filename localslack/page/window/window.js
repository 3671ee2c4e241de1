// The whole window: channels at the left, what is open in the middle, a thread beside it, forms over it.

import { closeThread, goTo, showMenu } from "../going.js";
import { HOME, channelName, mainMessages, store, threadMessages } from "../store.js";
import { html } from "../vendor/preact.js";
import { Composer } from "./composer.js";
import { Bookmarks, Head, ThreadHead } from "./head.js";
import { Home } from "./home.js";
import { MessageList } from "./list.js";
import { Modals } from "./modals.js";
import { Sidebar } from "./sidebar.js";

export function Window() {
  if (!store.place) return html`<p class="loading">Loading…</p>`;
  const words = `window${store.thread ? " with-thread" : ""}${store.menuOpen ? " menu-open" : ""}`;
  return html`<div class=${words} onClick=${followLink}>
    <div class="under" inert=${store.views.length > 0}>
      <${Sidebar} />
      ${store.menuOpen && html`<div class="shade" onClick=${() => showMenu(false)}></div>`}
      <main id="main" aria-label=${store.place === HOME ? store.workspace.bot_name : channelName(store.place)}>
        ${!store.connected && html`<div class="lost" role="alert">The connection is lost. Trying to get it back…</div>`}
        <${Head} />
        <${Bookmarks} />
        ${store.place === HOME ? html`<${Home} />` : html`<${Channel} key=${`${store.me} ${store.place}`} channel=${store.place} />`}
      </main>
      ${store.thread && html`<${Thread} key=${store.thread} channel=${store.place} thread=${store.thread} />`}
    </div>
    <${Modals} />
  </div>`;
}

function Channel({ channel }) {
  const messages = mainMessages(channel);
  return html`<${MessageList} id="messages" label="Messages" messages=${messages} channel=${channel} />
    <div id="composer"><${Composer} channel=${channel} label=${composerLabel(channel)} /></div>`;
}

function composerLabel(channel) {
  const sign = store.channels.get(channel).kind === "channel" ? "#" : "";
  return `Message ${sign}${channelName(channel)}`;
}

function Thread({ channel, thread }) {
  const keys = (event) => event.key === "Escape" && !event.defaultPrevented && closeThread();
  return html`<aside id="thread" aria-label="Thread" onKeyDown=${keys}>
    <${ThreadHead} channel=${channel} />
    <${MessageList} id="thread-messages" label="Replies" messages=${threadMessages(channel, thread)} channel=${channel} thread=${thread} />
    <div id="thread-composer"><${Composer} channel=${channel} thread=${thread} label="Reply…" /></div>
  </aside>`;
}

// Links into this workspace are followed without loading the page anew.
function followLink(event) {
  const link = event.target.closest?.("[data-goto]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  goTo(link.dataset.goto, link.dataset.gotoTs);
}
