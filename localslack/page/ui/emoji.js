// Emoji by Slack's short names, and a small picker.

import { freshId } from "../dom.js";
import table from "../vendor/emoji.js";
import { html, useRef, useState } from "../vendor/preact.js";
import { Popup } from "./popup.js";

const ROWS = table.split("\n").map((line) => line.split(" "));
const KNOWN = new Map(ROWS.flatMap(([character, ...names]) => names.map((name) => [name, character])));
const COMMON = [
  ..."+1 -1 white_check_mark x eyes tada heart pray raised_hands clap fire rocket".split(" "),
  ..."100 thinking_face joy sob warning rotating_light hourglass_flowing_sand wave penguin bell zzz memo".split(" "),
];
const AT_MOST = 64;

export const emoji = (name) => KNOWN.get(name.split("::")[0]);

// The name that was typed, names that begin with it, then names that contain it.
export function emojiLike(typed, most) {
  const names = [...KNOWN.keys()];
  const begin = names.filter((name) => name.startsWith(typed)).sort((one, other) => (other === typed) - (one === typed));
  const contain = begin.length < most ? names.filter((name) => !name.startsWith(typed) && name.includes(typed)) : [];
  return [...begin, ...contain].slice(0, most);
}

// A button that opens the picker; `pick(name)` is told what was chosen.
export function EmojiButton({ pick, button, children, opened = () => {} }) {
  const opener = useRef();
  const [open, setOpen] = useState(false);
  const show = (yes) => {
    setOpen(yes);
    opened(yes);
  };
  const chosen = (name) => {
    show(false);
    opener.current.focus();
    pick(name);
  };
  return html`<button type="button" ref=${opener} aria-haspopup="dialog" aria-expanded=${String(open)} ...${button}
      onClick=${() => show(!open)}>${children}</button>
    ${open && html`<${Picker} anchor=${opener} chosen=${chosen} leave=${() => show(false)} />`}`;
}

function Picker({ anchor, chosen, leave }) {
  const [typed, setTyped] = useState("");
  const [id] = useState(() => freshId("emoji"));
  const names = typed ? emojiLike(typed.toLowerCase().replace(/^:|:$/g, "").replace(/ /g, "_"), AT_MOST) : COMMON;
  const keys = (event) => {
    if (event.key === "Escape") back(event, anchor, leave);
    else if (event.key === "Enter" && names.length) chosen(names[0]);
    else return;
    event.preventDefault();
  };
  return html`<${Popup} anchor=${anchor} leave=${leave} class="picker" role="dialog" aria-label="Pick an emoji"
      onKeyDown=${(event) => event.key === "Escape" && back(event, anchor, leave)}>
    <input class="text" type="search" aria-label="Search emoji" aria-controls=${id} placeholder="Search emoji" value=${typed}
      autofocus onInput=${(event) => setTyped(event.target.value)} onKeyDown=${keys} />
    <div class="emojis" id=${id}>
      ${names.map((name) => html`<button key=${name} type="button" title=${`:${name}:`} aria-label=${name}
        onClick=${() => chosen(name)}>${KNOWN.get(name)}</button>`)}
      ${!names.length && html`<p class="hint">No emoji has that name.</p>`}
    </div></${Popup}>`;
}

function back(event, anchor, leave) {
  event.preventDefault();
  event.stopPropagation();
  leave();
  anchor.current.focus();
}
