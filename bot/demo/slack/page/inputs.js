// Inputs of forms and menus of messages: each reports its value as the server takes it.

import { text } from "./blocks.js";
import { el, freshId } from "./dom.js";
import { store } from "./store.js";
import { typeAhead } from "./typeahead.js";

export function input(block, context) {
  const id = freshId("field");
  const group = ["checkboxes", "radio_buttons", "multi_static_select"].includes(block.element.type);
  const label = el(
    group ? "span" : "label",
    group ? { class: "label", id: `${id}-label` } : { class: "label", for: id },
    block.label.text,
    block.optional && el("span", { class: "optional" }, " (optional)"),
  );
  const changed = block.dispatch_action ? (option) => context.act(block, block.element, option) : () => {};
  const node = field(block, block.element, context, { id, label: block.label.text, changed });
  const hint = block.hint && el("div", { class: "hint" }, block.hint.text);
  return el("div", { class: "b-input" }, label, node, hint, el("div", { class: "field-error", role: "alert" }));
}

// The element itself. `changed(option)` is called when somebody has chosen; context remembers first.
export function field(block, item, context, { id, label, changed }) {
  const held = context.held(block, item);
  const set = (value) => {
    context.choose(block, item, value);
    changed(value);
  };
  const common = { id, "aria-label": id ? undefined : label, "data-action-id": item.action_id };
  return (makers[item.type] || typed)({ block, item, context, held, set, common, label });
}

const makers = {
  static_select: ({ item, held, set, common }) => select(options(item), held?.selected_option?.value, item, set, common),
  users_select: ({ item, held, set, common }) => select(people(), held?.selected_user, item, set, common),
  conversations_select: ({ item, held, set, common }) =>
    select(channels(), held?.selected_conversation, item, set, common),
  channels_select: ({ item, held, set, common }) => select(channels(), held?.selected_channel, item, set, common),
  external_select: typeAhead,
  checkboxes: (it) => choices(it, "checkbox", (it.held?.selected_options || []).map((o) => o.value)),
  multi_static_select: (it) => choices(it, "checkbox", (it.held?.selected_options || []).map((o) => o.value)),
  radio_buttons: (it) => choices(it, "radio", [it.held?.selected_option?.value]),
  datepicker: (it) => simple(it, "date", it.held?.selected_date),
  timepicker: (it) => simple(it, "time", it.held?.selected_time),
  number_input: (it) => simple(it, "number", it.held?.value),
  email_text_input: (it) => simple(it, "email", it.held?.value),
  url_text_input: (it) => simple(it, "url", it.held?.value),
};

const grouped = (item) => (item.option_groups || []).flatMap((group) => group.options);
const options = (item) => (item.options || grouped(item)).map((o) => [o.value, o.text.text]);
const people = () => [...store.people.values()].filter((p) => !p.deleted).map((p) => [p.id, p.real_name]);
const channels = () =>
  [...store.channels.values()].filter((c) => c.kind === "channel").map((c) => [c.id, `#${c.name}`]);

function select(pairs, chosen, item, set, common) {
  const node = el(
    "select",
    { ...common, class: "select", onchange: () => set(node.value || null) },
    el("option", { value: "" }, item.placeholder?.text || "Choose…"),
    pairs.map(([value, name]) => el("option", { value }, name)),
  );
  node.value = chosen || "";
  return node;
}

function choices({ item, set, common, label }, type, chosen) {
  const name = freshId("choice");
  const boxes = item.options.map((option) => {
    const box = el("input", { type, name, value: option.value, onchange: () => set(picked()) });
    box.checked = chosen.includes(option.value);
    const words = [text(option.text), option.description && el("span", { class: "hint" }, text(option.description))];
    return [box, el("label", { class: "choice" }, box, el("span", {}, words))];
  });
  const picked = () => {
    const values = boxes.filter(([box]) => box.checked).map(([box]) => box.value);
    return type === "radio" ? values[0] || null : values;
  };
  const role = type === "radio" ? "radiogroup" : "group";
  return el("div", { ...common, role, "aria-label": label, class: "choices" }, boxes.map(([, row]) => row));
}

function simple({ item, context, block, set, common, held }, type, value) {
  const acts = !context.form;
  const props = { ...common, class: "text", type, placeholder: item.placeholder?.text };
  const node = el("input", { ...props, min: item.min_value, max: item.max_value, value: value ?? held?.value ?? "" });
  node.addEventListener(acts ? "change" : "input", () => set(node.value));
  context.choose(block, item, node.value);
  return node;
}

function typed({ block, item, context, held, common }) {
  const props = { ...common, class: "text", placeholder: item.placeholder?.text, maxlength: item.max_length };
  const node = item.multiline ? el("textarea", { ...props, rows: "4" }) : el("input", { ...props, type: "text" });
  node.value = held?.value || "";
  node.addEventListener("input", () => context.choose(block, item, node.value));
  return node;
}
