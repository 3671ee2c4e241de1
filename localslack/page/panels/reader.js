// "As a screen reader hears it": what would be said of the open channel, form or Home, one after the other.

import { store, threadMessages } from "../store.js";
import { html, render, useEffect, useRef, useState } from "../vendor/preact.js";
import { heardMessage, heardView } from "./hearing.js";
import { Button, giveWay, styled, throttled, useVisible } from "./parts.js";

const CALM = 300; // ms between two listenings
const HEADS = new Set(["message", "dialog", "page"]);
const SPOKEN = 40; // messages, the newest ones, before earlier ones are asked for

export function mount(root, api) {
  styled();
  render(html`<${Reader} root=${root} api=${api} />`, root);
  return () => render(null, root);
}

function Reader({ root, api }) {
  const [node, visible] = useVisible();
  const [most, setMost] = useState(SPOKEN);
  const [heard, listen] = useHearing(root, api, visible, most);
  const [onlyFlaws, setOnlyFlaws] = useState(false);
  const point = usePointer(api);
  useEffect(listen, [most]);
  const flaws = heard.groups.flatMap((group) => group.entries).reduce((sum, entry) => sum + entry.warnings.length, 0);
  const groups = onlyFlaws ? heard.groups.filter((group) => group.entries.some((entry) => entry.warnings.length)) : heard.groups;
  return html`<div class="reader" ref=${node}>
    <div class="p-bar spread">
      <p class=${flaws ? "p-alarm" : "p-note"} role="status">${flaws === 1 ? "1 warning" : `${flaws || "No"} warnings`}</p>
      <${Button} act=${() => setOnlyFlaws(!onlyFlaws)} aria-pressed=${String(onlyFlaws)}>Only warnings<//>
    </div>
    ${heard.earlier && html`<${Button} act=${() => setMost(most + SPOKEN)}>Earlier messages<//>`}
    ${!groups.length && html`<p class="p-note">Nothing to hear.</p>`}
    <ol class="heard" aria-label="What is said, in order">
      ${groups.map((group) => html`<li key=${group.key}><${Group} entries=${group.entries} point=${point} /></li>`)}
    </ol>
  </div>`;
}

const Group = ({ entries, point }) => entries.map((entry, place) => html`<${Entry} key=${place} entry=${entry} point=${point} />`);

function Entry({ entry, point }) {
  const tags = [entry.role === "message" ? "" : entry.role, entry.state].filter(Boolean).join(" · ");
  return html`<div class=${HEADS.has(entry.role) ? "entry" : "entry part"}>
    <button type="button" class="entry-says" onClick=${() => point(entry.target)}>
      <span>${entry.says}</span>${" "}${tags && html`<span class="entry-role">${tags}</span>`}
    </button>
    ${entry.warnings.map((warning) => html`<p class="entry-warning"><span role="img" aria-label="Warning:">⚠</span> ${warning}</p>`)}
  </div>`;
}

// What is heard now. It follows the screen, whatever changed there.
function useHearing(root, api, visible, most) {
  const [heard, setHeard] = useState({ groups: [], earlier: false });
  const wanted = useRef(most);
  wanted.current = most;
  const listen = () => setHeard(hear(api, wanted.current));
  useEffect(() => (visible ? attend(root, listen) : undefined), [visible]);
  return [heard, listen];
}

function attend(root, listen) {
  const soon = throttled(listen, CALM);
  const screen = new MutationObserver((records) => records.some((it) => !root.contains(it.target)) && soon());
  screen.observe(document.body, { childList: true, characterData: true, subtree: true, attributeFilter: ["hidden"] });
  soon();
  return () => (screen.disconnect(), soon.cancel());
}

// A form lies over everything else; then Home, if it is open; else the messages, and the thread beside them.
function hear(api, most) {
  const view = api.openView();
  if (view) return { groups: [{ key: view.id, entries: heardView(view) }], earlier: false };
  const messages = api.currentMessages();
  const spoken = [...messages.slice(-most), ...(store.thread ? threadMessages(store.place, store.thread).slice(1) : [])];
  return {
    groups: spoken.map((message) => ({ key: message.ts, entries: heardMessage(message) })),
    earlier: most < messages.length,
  };
}

// Selecting points at the element; the one pointed at before is let go.
function usePointer(api) {
  const undo = useRef(null);
  const letGo = () => undo.current?.();
  useEffect(() => letGo, []);
  return (target) => {
    letGo();
    undo.current = api.highlight(target) ?? api.highlight({ ...target, action_id: undefined, label: undefined });
    giveWay();
  };
}
