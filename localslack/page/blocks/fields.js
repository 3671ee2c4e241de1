// Inputs: each remembers what stands in it and reports every choice. `control` are properties of the input itself.

import { act } from "../api.js";
import { optionsFailed } from "../failures.js";
import { channelName, store } from "../store.js";
import { Combobox } from "../ui/combobox.js";
import { html, useState } from "../vendor/preact.js";
import { nothing, text } from "./parts.js";
import { withEmoji } from "./mrkdwn.js";

export function Field({ block, item, context, id, control = {}, changed = () => {} }) {
  const [, drawAgain] = useState(0);
  const set = (value) => {
    context.held.set(block, item, value);
    drawAgain((number) => number + 1);
    changed(value);
  };
  const Kind = KINDS[item.type];
  if (!Kind) return nothing(item.type);
  const props = { id, "data-action-id": item.action_id, ...control };
  const value = context.held.get(block, item);
  return html`<${Kind} ...${{ item, block, context, value, set }} control=${props} />`;
}

// Selects

const choice = (option, group) => ({
  value: option.value,
  label: withEmoji(option.text.text),
  hint: option.description?.text,
  group,
  data: option,
});
const given = (item) => [
  ...(item.options ?? []).map((option) => choice(option)),
  ...(item.option_groups ?? []).flatMap((group) => group.options.map((option) => choice(option, group.label.text))),
];
const person = (id) => ({ value: id, label: store.people.get(id)?.real_name ?? id, hint: store.people.get(id)?.title, data: id });
const people = () => [...store.people.values()].filter((one) => !one.deleted).map((one) => person(one.id));
const named = (id) => (store.channels.get(id)?.kind === "channel" ? `#${channelName(id)}` : channelName(id));
const channel = (id) => ({ value: id, label: named(id), data: id });
const conversations = (item) => [...store.channels.values()].filter((one) => fits(one, item)).map((one) => channel(one.id));
const channels = () => conversations({ filter: { include: ["public"] } });

function fits(one, item) {
  const kind = one.kind === "channel" ? (one.private ? "private" : "public") : one.kind;
  return !one.archived && (item.filter?.include?.includes(kind) ?? true);
}

// `options(item)` are all there are; `known(value)` is an option from what is held.
function select({ options, known, asks = false }) {
  return ({ item, block, context, value, set, control }) => {
    const several = item.type.startsWith("multi_");
    const held = several ? (value ?? []) : value ? [value] : [];
    const change = (list) => set(several ? list.map((one) => one.data) : (list[0]?.data ?? null));
    const asking = asks && {
      ask: async (typed) => (await context.suggest(block, item, typed)).map((option) => choice(option)),
      least: item.min_query_length ?? 3,
      failed: () => optionsFailed(block, item),
    };
    return html`<${Combobox} several=${several} chosen=${held.map(known)} change=${change} options=${options(item)} ...${asking}
      most=${item.max_selected_items} placeholder=${item.placeholder?.text ?? "Select…"} control=${control} />`;
  };
}

const staticSelect = select({ options: given, known: (option) => choice(option) });
const externalSelect = select({ options: () => [], known: (option) => choice(option), asks: true });
const usersSelect = select({ options: people, known: person });
const channelsSelect = select({ options: channels, known: channel });
const conversationsSelect = select({ options: conversations, known: channel });

// Boxes to tick

function Ticks({ item, value, set, control }) {
  const radio = item.type === "radio_buttons";
  const chosen = radio ? [value?.value] : (value ?? []).map((option) => option.value);
  const tick = (option, on) => {
    if (radio) return set(option);
    set(item.options.filter((one) => (one.value === option.value ? on : chosen.includes(one.value))));
  };
  const { id, ...others } = control;
  return html`<div role=${radio ? "radiogroup" : "group"} id=${id} class="choices" ...${others}>
    ${item.options.map((option) => html`<label key=${option.value} class="choice">
      <input type=${radio ? "radio" : "checkbox"} name=${id} value=${option.value} checked=${chosen.includes(option.value)}
        onChange=${(event) => tick(option, event.target.checked)} />
      <span>${text(option.text)}${option.description && html`<span class="hint">${text(option.description)}</span>`}</span></label>`)}
  </div>`;
}

// Texts, numbers, dates

function simple(type, { late = false, read = (value) => value, write = (typed) => typed || null, more = () => ({}) } = {}) {
  return ({ item, value, set, control }) => {
    const take = (event) => set(write(event.target.value));
    return html`<input class=${`text ${type}`} type=${type} value=${read(value) ?? ""} placeholder=${item.placeholder?.text}
      ...${more(item)} ...${control} ...${late ? { onChange: take } : { onInput: take }} />`;
  };
}

const pad = (number) => String(number).padStart(2, "0");

function localMoment(seconds) {
  if (!seconds) return "";
  const at = new Date(seconds * 1000);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

const number = simple("text", {
  more: (item) => ({ inputmode: item.is_decimal_allowed ? "decimal" : "numeric" }),
});
const moment = simple("datetime-local", {
  late: true,
  read: localMoment,
  write: (typed) => (typed ? Math.floor(new Date(typed).getTime() / 1000) : null),
});

function Words({ item, value, set, control }) {
  const take = (event) => set(event.target.value);
  const props = { placeholder: item.placeholder?.text, maxlength: item.max_length, ...control, value: value ?? "", onInput: take };
  if (item.multiline) return html`<textarea class="text" rows="4" ...${props}></textarea>`;
  return html`<input class="text" type="text" ...${props} />`;
}

// Rich text is typed plainly here and sent as one section.
function RichWords({ item, value, set, control }) {
  const words = value?.elements?.flatMap((part) => part.elements ?? []).map((leaf) => leaf.text ?? "").join("") ?? "";
  const section = (typed) => ({ type: "rich_text_section", elements: [{ type: "text", text: typed }] });
  const rich = (typed) => (typed ? { type: "rich_text", elements: [section(typed)] } : null);
  return html`<textarea class="text" rows="4" placeholder=${item.placeholder?.text} ...${control} value=${words}
    onInput=${(event) => set(rich(event.target.value))}></textarea>`;
}

// What was chosen is uploaded at once; the form is sent with the files' ids.
function FileInput({ item, value, set, control }) {
  const held = value ?? [];
  const most = item.max_files ?? 10;
  const take = async (event) => {
    const chosen = [...event.target.files].slice(0, most - held.length);
    event.target.value = "";
    const added = await Promise.all(chosen.map(async (file) => ({ id: await uploaded(file), name: file.name })));
    set([...held, ...added.filter((one) => typeof one.id === "string")]);
  };
  const accept = item.filetypes?.map((kind) => `.${kind.replace(/^\./, "")}`).join(",");
  return html`<div class="files">
    <input type="file" multiple=${most > 1} accept=${accept} disabled=${held.length >= most} ...${control} onChange=${take} />
    ${held.map((file) => html`<div key=${file.id}>${file.name} <button type="button" class="dismiss" aria-label=${`Remove ${file.name}`}
      onClick=${() => set(held.filter((one) => one.id !== file.id))}>Remove</button></div>`)}
  </div>`;
}

async function uploaded(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const content = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return act("upload", { name: file.name, content, encoded: true });
}

const KINDS = {
  file_input: FileInput,
  static_select: staticSelect,
  multi_static_select: staticSelect,
  external_select: externalSelect,
  multi_external_select: externalSelect,
  users_select: usersSelect,
  multi_users_select: usersSelect,
  channels_select: channelsSelect,
  multi_channels_select: channelsSelect,
  conversations_select: conversationsSelect,
  multi_conversations_select: conversationsSelect,
  checkboxes: Ticks,
  radio_buttons: Ticks,
  datepicker: simple("date", { late: true }),
  timepicker: simple("time", { late: true }),
  datetimepicker: moment,
  number_input: number,
  email_text_input: simple("email"),
  url_text_input: simple("url"),
  plain_text_input: Words,
  rich_text_input: RichWords,
};
export const GROUPS = new Set(["checkboxes", "radio_buttons"]);
