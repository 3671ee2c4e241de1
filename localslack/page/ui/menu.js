// A button that opens a menu: arrows move in it, Escape closes it, the focus comes back.

import { freshId } from "../dom.js";
import { html, useRef, useState } from "../vendor/preact.js";
import { Popup } from "./popup.js";

// `items` are {label, hint, act, danger} or null for a line; `button` are the opener's properties.
export function Menu({ items, button, children, opened = () => {} }) {
  const opener = useRef();
  const [id] = useState(() => freshId("menu"));
  const [open, setOpen] = useState(false);
  const show = (yes) => {
    setOpen(yes);
    opened(yes);
  };
  const leave = () => show(false);
  const choose = (item) => {
    leave();
    opener.current.focus();
    item.act();
  };
  return html`<button type="button" ref=${opener} aria-haspopup="menu" aria-expanded=${String(open)}
      aria-controls=${open ? id : undefined} ...${button} onClick=${() => show(!open)}>${children}</button>
    ${open && html`<${Popup} anchor=${opener} leave=${leave} class="menu" role="menu" id=${id}
      onKeyDown=${(event) => keys(event, opener.current, leave)}>
      <${Items} items=${items} choose=${choose} /></${Popup}>`}`;
}

function Items({ items, choose }) {
  const first = items.findIndex(Boolean);
  return items.map((item, at) =>
    item
      ? html`<button type="button" role="menuitem" tabindex="-1" class=${item.danger ? "menu-item danger" : "menu-item"}
          autofocus=${at === first} onClick=${() => choose(item)}>
          ${item.label}${item.hint && html`<span class="hint">${item.hint}</span>`}</button>`
      : html`<hr />`,
  );
}

function keys(event, opener, leave) {
  const items = [...event.currentTarget.querySelectorAll("[role=menuitem]")];
  const at = items.indexOf(document.activeElement);
  if (event.key === "ArrowDown") items[(at + 1) % items.length].focus();
  else if (event.key === "ArrowUp") items[(at + items.length - 1) % items.length].focus();
  else if (event.key === "Home") items[0].focus();
  else if (event.key === "End") items.at(-1).focus();
  else if (event.key === "Escape" || event.key === "Tab") back(opener, leave);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function back(opener, leave) {
  leave();
  opener.focus();
}
