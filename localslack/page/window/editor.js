// Changing one's own message in its place.

import { act } from "../api.js";
import { edit } from "../going.js";
import { html, useLayoutEffect, useRef } from "../vendor/preact.js";

export function Editor({ message }) {
  const box = useRef();
  useLayoutEffect(() => {
    const before = document.activeElement;
    const message = box.current.closest(".message");
    box.current.focus();
    return () => (before.isConnected ? before : message).focus();
  }, []);
  const done = () => edit(null);
  const save = async () => {
    const text = box.current.value.trim();
    done();
    if (text && text !== plain(message.text)) await act("edit", { channel: message.channel, ts: message.ts, text });
  };
  const keys = (event) => {
    if (event.key === "Escape") done();
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class="editor">
    <textarea class="text" rows="3" aria-label="Edit message" defaultValue=${plain(message.text)} onKeyDown=${keys}
      ref=${box}></textarea>
    <div class="editor-foot"><button type="button" class="btn small" onClick=${done}>Cancel</button>
      <button type="button" class="btn small primary" onClick=${save}>Save</button></div>
  </div>`;
}

// As it was typed: addresses without what Slack put around them.
const plain = (text) => bare(text ?? "").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

const bare = (text) => text.replace(/<mailto:([^<>|]+)\|[^<>]*>/g, "$1").replace(/<(https?:[^<>|]+)>/g, "$1");
