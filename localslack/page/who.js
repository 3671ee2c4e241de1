// The switch that says who this window is.

import { byId, el } from "./dom.js";
import { store } from "./store.js";

let drawn = -1;

export function drawWho(become) {
  const select = byId("who");
  if (drawn !== store.names) {
    drawn = store.names;
    const rows = [...store.people.values()].map((person) =>
      el("option", { value: person.id, disabled: person.deleted }, named(person)));
    select.replaceChildren(...rows);
    select.onchange = () => become(select.value);
  }
  if (select.value !== store.me) select.value = store.me;
}

// With what they are here: what somebody may do depends on it.
function named({ real_name, title, guest }) {
  const what = guest ? "guest" : title;
  return what ? `${real_name} · ${what}` : real_name;
}
