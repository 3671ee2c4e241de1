// Where one types: messages, mentions with completion, slash commands with a hint.

import { act } from "./api.js";
import { el, freshId, toast } from "./dom.js";
import { store } from "./store.js";

// `place()` says where to: {channel, thread_ts}.
export function composer(place, label) {
  const id = freshId("people");
  const popup = el("div", { class: "completion", role: "listbox", id, hidden: true, "aria-label": "People" });
  const hint = el("div", { class: "command-hint", hidden: true });
  const box = el("textarea", {
    rows: "1",
    "aria-label": label,
    placeholder: label,
    "aria-controls": id,
    "aria-autocomplete": "list",
    class: "compose",
  });
  const state = { offered: [], at: 0 };
  const send = el("button", { class: "send", type: "button", "aria-label": "Send", onclick: () => submit(box, place) }, "➤");

  const complete = () => {
    const word = wordAt(box);
    state.offered = word === null ? [] : matches(word);
    state.at = 0;
    draw();
    showHint(box, hint);
    grow(box);
  };
  const draw = () => {
    popup.hidden = !state.offered.length;
    popup.replaceChildren(...state.offered.map((person, at) => row(person, at === state.at, () => take(person))));
    const marked = popup.children[state.at];
    if (marked) box.setAttribute("aria-activedescendant", marked.id);
    else box.removeAttribute("aria-activedescendant");
  };
  const take = (person) => {
    insert(box, person.insert);
    state.offered = [];
    draw();
    box.focus();
  };
  box.addEventListener("input", complete);
  box.addEventListener("blur", () => ((state.offered = []), draw()));
  box.addEventListener("keydown", (event) => {
    if (state.offered.length && pickKey(event, state, draw, take)) return event.preventDefault();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit(box, place).then(complete);
  });
  return el("div", { class: "composer" }, popup, hint, el("div", { class: "compose-row" }, box, send));
}

function pickKey(event, state, draw, take) {
  const last = state.offered.length - 1;
  if (event.key === "ArrowDown") state.at = state.at >= last ? 0 : state.at + 1;
  else if (event.key === "ArrowUp") state.at = state.at <= 0 ? last : state.at - 1;
  else if (event.key === "Enter" || event.key === "Tab") return take(state.offered[state.at]), true;
  else if (event.key === "Escape") state.offered = [];
  else return false;
  draw();
  return true;
}

async function submit(box, place) {
  const text = box.value.trim();
  if (!text) return;
  const { channel, thread_ts } = place();
  if (text.startsWith("/")) {
    const command = text.split(/\s/)[0];
    if (thread_ts) return toast(`${command} is not supported in threads. Sorry!`);
    if (command !== store.workspace.command) return toast(`${command} is not a valid command here.`);
    clear(box);
    await act("command", { channel, text });
    return;
  }
  clear(box);
  await act("say", { channel, text, thread_ts });
}

function clear(box) {
  box.value = "";
  grow(box);
}

function grow(box) {
  box.style.setProperty("height", "auto");
  box.style.setProperty("height", `${Math.min(box.scrollHeight, 200)}px`);
}

function wordAt(box) {
  const before = box.value.slice(0, box.selectionStart);
  return /(?:^|\s)@([\w.\- ]{0,30})$/.exec(before)?.[1] ?? null;
}

function matches(word) {
  const typed = word.toLowerCase();
  const bot = { id: store.workspace.bot, name: store.workspace.bot_name, real_name: "App", insert: `@${store.workspace.bot_name}` };
  const people = [...store.people.values()].filter((p) => !p.deleted).map((p) => ({ ...p, insert: `@${p.name}` }));
  const starts = (text) => text.toLowerCase().startsWith(typed);
  return [...people, bot].filter((p) => starts(p.name) || starts(p.real_name)).slice(0, 8);
}

function row(person, marked, take) {
  const node = el(
    "div",
    { class: "option", role: "option", id: freshId("person"), "aria-selected": String(marked) },
    el("b", {}, person.name),
    " ",
    el("span", { class: "hint" }, person.title ? `${person.real_name}, ${person.title}` : person.real_name),
  );
  node.addEventListener("mousedown", (event) => (event.preventDefault(), take()));
  return node;
}

function insert(box, text) {
  const before = box.value.slice(0, box.selectionStart).replace(/@[\w.\- ]*$/, `${text} `);
  const after = box.value.slice(box.selectionStart);
  box.value = before + after;
  box.setSelectionRange(before.length, before.length);
}

function showHint(box, hint) {
  const command = store.workspace.command;
  const begun = box.value.startsWith("/") && (command.startsWith(box.value) || box.value.trim() === command);
  hint.hidden = !begun;
  if (begun) hint.replaceChildren(el("b", {}, command), " ", el("span", {}, store.workspace.command_hint));
}
