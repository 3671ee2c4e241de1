// What a screen reader says of a message or view, in its order: entries {says, role, state, warnings, target}.
//
// Slack has screen readers say a message's `text`, and not what its blocks hold. Without a text, Slack puts one
// together from those blocks that it can. In forms and App Home there is no such text: the blocks are read.
// See docs.slack.dev/messaging, accessibility considerations.

import { clock } from "../dates.js";
import { displayName, store } from "../store.js";
import { elementsIn, images, pictureEntry } from "./heard-elements.js";
import { onlyEmoji, spoken, spokenRich } from "./speech.js";

const NO_TEXT = "No text: Slack makes a text from the blocks and leaves out what it cannot read. Send a text that contains everything.";
const SILENT = "Nothing to read: there is no text, and nothing in the blocks that could be read instead.";
const EMOJI = "Only emoji: a screen reader reads just their names.";

export function heardMessage(message) {
  const target = { ts: message.ts };
  const blocks = [...(message.blocks || []), ...(message.attachments || []).flatMap((one) => one.blocks || [])];
  const entries = [head(message, target), ...blocks.flatMap((block) => [...images(block, target), ...elementsIn(block, target)])];
  return twins([...entries, ...files(message, target)]);
}

function head(message, target) {
  const [text, warnings] = fallback(message);
  const says = [
    message.is_ephemeral && "Only visible to you.",
    `${displayName(message.user)}${message.bot_id ? ", app" : ""}, ${clock(message.ts)}.`,
    text,
    message.edited && !message.bot_id && "Edited.",
    message.reply_count && (message.reply_count === 1 ? "1 reply." : `${message.reply_count} replies.`),
    ...(message.reactions || []).map((one) => `${one.name.replace(/_/g, " ")} reaction, ${one.count}.`),
  ];
  return { role: "message", says: says.filter(Boolean).join(" "), state: "", warnings, target };
}

// The text of a message, or what stands for it, and what is wrong with that.
function fallback(message) {
  const text = spoken(message.text);
  if (text) return [text, onlyEmoji(message.text) ? [EMOJI] : []];
  const built = (message.blocks || []).map(said).filter(Boolean).join(" ");
  if (built) return [built, [NO_TEXT]];
  const attached = (message.attachments || []).map((one) => spoken(one.fallback || one.text || "")).filter(Boolean);
  if (attached.length) return [attached.join(" "), []];
  return message.files?.length ? ["", []] : ["This content can't be displayed.", [SILENT]];
}

const files = (message, target) => (message.files || []).map((file) => pictureEntry(file.alt_txt || file.title || file.name, target, "file"));

export function heardView(view) {
  const target = { view: view.id };
  const modal = view.type === "modal";
  const title = modal ? spoken(view.title) : `${store.workspace.bot_name}, Home`;
  const entries = [{ role: modal ? "dialog" : "page", says: title, state: "", warnings: [], target }];
  for (const block of view.blocks) entries.push(...read(block, target), ...images(block, target), ...elementsIn(block, target));
  const named = (text) => ({ role: "button", says: spoken(text), state: "", warnings: [], target: { ...target, label: text.text } });
  if (modal) entries.push(...[view.close ?? { text: "Close" }, view.submit].filter(Boolean).map(named));
  return twins(entries);
}

// A block that is read itself; inputs are read with their element.
function read(block, target) {
  const says = block.type === "input" ? "" : said(block);
  const role = block.type === "header" ? "heading" : block.type.includes("table") ? "table" : "text";
  return says ? [{ role, says, state: "", warnings: onlyEmoji(says) ? [EMOJI] : [], target: { ...target, block_id: block.block_id } }] : [];
}

const SAID = {
  header: (block) => spoken(block.text),
  section: (block) => [block.text, ...(block.fields || [])].map(spoken).filter(Boolean).join(" "),
  context: (block) => block.elements.filter((part) => part.type !== "image").map(spoken).join(" "),
  markdown: (block) => spoken(block.text),
  rich_text: spokenRich,
  table,
  data_table: table,
  data_visualization: (block) => `Chart: ${block.title?.text ?? block.title ?? ""}`,
  alert: (block) => spoken(block.text),
};

const said = (block) => SAID[block.type]?.(block) ?? "";

function table(block) {
  const words = (cell) => (cell.type === "rich_text" ? spokenRich(cell) : String(cell.text ?? cell.value ?? ""));
  const size = `Table, ${block.rows.length} rows, ${block.rows[0]?.length ?? 0} columns.`;
  return [block.caption, size, ...block.rows.map((row) => `${row.map(words).join(", ")}.`)].filter(Boolean).join(" ");
}

// Those that cannot be told apart are warned of.
function twins(entries) {
  const names = new Map();
  for (const entry of entries) {
    if (entry.role !== "button") continue;
    names.set(entry.says, [...(names.get(entry.says) || []), entry]);
  }
  for (const same of names.values()) {
    if (same.length < 2) continue;
    for (const entry of same) entry.warnings.push(`${same.length} buttons have this name. Give each an accessibility_label of its own.`);
  }
  return entries;
}
