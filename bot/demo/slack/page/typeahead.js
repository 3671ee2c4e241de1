// A select whose options the app offers while one types.

import { el, freshId } from "./dom.js";

const WAIT = 200;

export function typeAhead({ block, item, context, held, set, common }) {
  const id = freshId("options");
  const state = { options: [], at: -1, timer: null, asked: 0 };
  const list = el("div", { class: "options", role: "listbox", id, hidden: true, "aria-label": "Suggestions" });
  const box = el("input", {
    ...common,
    class: "text",
    type: "text",
    role: "combobox",
    autocomplete: "off",
    "aria-expanded": "false",
    "aria-controls": id,
    "aria-autocomplete": "list",
    placeholder: item.placeholder?.text || "Type to search…",
    value: (held?.selected_option || item.initial_option)?.text.text || "",
  });

  const open = (shown) => {
    list.hidden = !shown;
    box.setAttribute("aria-expanded", String(shown));
  };
  const pick = (option) => {
    box.value = option.text.text;
    open(false);
    set(option);
  };
  const mark = (at) => {
    state.at = at;
    [...list.children].forEach((row, place) => row.setAttribute("aria-selected", String(place === at)));
    const row = list.children[at];
    row?.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", row?.id || "");
  };
  const show = (offered) => {
    state.options = offered;
    const rows = offered.map((option) => optionRow(option, () => pick(option)));
    list.replaceChildren(...(rows.length ? rows : [el("div", { class: "no-options" }, "No matches")]));
    open(true);
    mark(rows.length ? 0 : -1);
  };
  const ask = async () => {
    const number = ++state.asked;
    if (box.value.length < (item.min_query_length ?? 3)) return open(false);
    const offered = await context.suggest(block, item, box.value);
    if (number === state.asked && document.activeElement === box) show(offered);
  };

  box.addEventListener("input", () => {
    context.choose(block, item, null);
    clearTimeout(state.timer);
    state.timer = setTimeout(ask, WAIT);
  });
  box.addEventListener("focus", () => item.min_query_length === 0 && !box.value && ask());
  box.addEventListener("blur", () => open(false));
  box.addEventListener("keydown", (event) => keys(event, list, state, mark, pick, open));
  return el("div", { class: "combo" }, box, list);
}

function optionRow(option, pick) {
  const words = [el("span", {}, option.text.text)];
  if (option.description) words.push(el("span", { class: "hint" }, option.description.text));
  const row = el("div", { class: "option", role: "option", id: freshId("option"), "aria-selected": "false" }, words);
  row.addEventListener("mousedown", (event) => (event.preventDefault(), pick()));
  return row;
}

function keys(event, list, state, mark, pick, open) {
  if (list.hidden || !state.options.length) return;
  const last = state.options.length - 1;
  if (event.key === "ArrowDown") mark(state.at >= last ? 0 : state.at + 1);
  else if (event.key === "ArrowUp") mark(state.at <= 0 ? last : state.at - 1);
  else if (event.key === "Enter" || event.key === "Tab") pick(state.options[state.at]);
  else if (event.key === "Escape") open(false);
  else return;
  if (event.key !== "Tab") event.preventDefault();
  event.stopPropagation();
}
