// What a screen reader says of the elements and pictures in a block: name, role and state.

import { channelName, displayName } from "../store.js";
import { onlyEmoji, spoken } from "./speech.js";

const ROLES = {
  button: "button",
  workflow_button: "button",
  overflow: "menu button",
  datepicker: "date field",
  timepicker: "time field",
  datetimepicker: "date and time field",
  checkboxes: "checkbox",
  radio_buttons: "radio button",
  plain_text_input: "text field",
  rich_text_input: "text field",
  number_input: "number field",
  email_text_input: "e-mail field",
  url_text_input: "link field",
  file_input: "file button",
};

// Everything one can use in a block, one entry each; every choice of a group is one.
export function elementsIn(block, target) {
  const place = { ...target, block_id: block.block_id };
  const inputs = block.type === "input" ? [heard(block.element, place, block)] : [];
  const items = [block.accessory, ...(["actions", "context_actions"].includes(block.type) ? block.elements : [])];
  return [...inputs, ...items.filter((item) => item && item.type !== "image").map((item) => heard(item, place, null))].flat();
}

function heard(item, place, input) {
  const target = { ...place, action_id: item.action_id };
  if (["checkboxes", "radio_buttons"].includes(item.type)) return choices(item, target, input);
  if (item.type === "feedback_buttons") return [item.positive_button, item.negative_button].map((one) => single({ type: "button", ...one }, target, null));
  return [single(item, target, input)];
}

function single(item, target, input) {
  const role = ROLES[item.type] ?? (item.type.includes("select") ? "menu" : item.type.replace(/_/g, " "));
  const says = name(item, input);
  return { role, says, state: state(item, input), warnings: flaws(item, says, input), target };
}

// accessibility_label stands over the text; a field's label over its placeholder.
function name(item, input) {
  if (input) return spoken(input.label);
  const fallback = item.type === "overflow" ? "More actions" : "";
  return item.accessibility_label || spoken(item.text) || spoken(item.placeholder) || fallback;
}

function flaws(item, says, input) {
  if (!says) return [input ? "It has no label." : "It has no name. Give it a text, placeholder or accessibility_label."];
  return onlyEmoji(item.accessibility_label || item.text?.text || says) ? ["Its name is only emoji. Give it an accessibility_label."] : [];
}

function state(item, input) {
  return [
    value(item),
    input && (input.optional ? "optional" : "required"),
    input?.hint && spoken(input.hint),
    item.type === "overflow" && `${item.options.length} choices`,
  ].filter(Boolean).join(", ");
}

function value(item) {
  const options = item.initial_options ?? (item.initial_option ? [item.initial_option] : []);
  const people = item.initial_users ?? (item.initial_user ? [item.initial_user] : []);
  const channels = [item.initial_conversations, item.initial_channels, item.initial_conversation, item.initial_channel].flat().filter(Boolean);
  const plain = [item.initial_date, item.initial_time, item.initial_value].filter((one) => typeof one === "string");
  return [...options.map((one) => spoken(one.text)), ...people.map(displayName), ...channels.map(channelName), ...plain].join(", ");
}

function choices(item, target, input) {
  const chosen = [...(item.initial_options ?? []), item.initial_option].filter(Boolean).map((one) => one.value);
  const group = input ? spoken(input.label) : "";
  return item.options.map((option, place) => {
    const says = [place === 0 && group && `${group}, group.`, spoken(option.text), spoken(option.description)].filter(Boolean).join(" ");
    const on = chosen.includes(option.value) ? "checked" : "not checked";
    return { role: ROLES[item.type], says, state: [on, place === 0 && input?.optional && "optional"].filter(Boolean).join(", "), warnings: [], target };
  });
}

// Pictures, wherever they stand in a block.
export function images(block, target) {
  const place = { ...target, block_id: block.block_id };
  const parts = block.type === "image" ? [block] : [block.accessory, ...(block.type === "context" ? block.elements : [])];
  return parts.filter((part) => part?.type === "image").map((part) => pictureEntry(part.alt_text, place, "image"));
}

export function pictureEntry(alt, target, role) {
  const says = (alt || "").trim();
  return { role, says: says || "unnamed", state: "", warnings: says ? [] : ["It has no alt_text: people who cannot see it do not learn what it shows."], target };
}
