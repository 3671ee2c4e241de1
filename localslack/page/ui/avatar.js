// A person's initials on their colour; the app's are on black.

import { displayName, store } from "../store.js";
import { html } from "../vendor/preact.js";

export function avatar(user) {
  const kind = user === store.workspace.bot ? "app" : user === "USLACKBOT" ? "slackbot" : "";
  const name = displayName(user);
  return html`<span class=${`avatar ${kind}`} aria-hidden="true" style=${{ "--hue": hue(user) }}>${initials(name)}</span>`;
}

const HUES = [212, 152, 32, 282, 342, 182, 92, 252, 12, 122];

function hue(user) {
  const sum = [...user].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  return HUES[sum % HUES.length];
}

function initials(name) {
  return name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase();
}
