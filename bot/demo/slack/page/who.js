// The switch that says who this window is.

import { byId, el } from "./dom.js";
import { store } from "./store.js";

let drawn = -1;

export function drawWho(become) {
  const select = byId("who");
  if (drawn !== store.names) {
    drawn = store.names;
    const rows = [...store.people.values()].map((person) =>
      el("option", { value: person.id, disabled: person.deleted }, person.guest ? `${person.real_name} (guest)` : person.real_name));
    select.replaceChildren(...rows);
    select.onchange = () => become(select.value);
  }
  if (select.value !== store.me) select.value = store.me;
}
