// What stands in the inputs of a message, modal or App Home: chosen here, held by the server, or there at first.
// Values are as Slack's state.values holds them: a text, an id, a date, an option, a list of these.

const FIELDS = {
  static_select: "selected_option",
  external_select: "selected_option",
  radio_buttons: "selected_option",
  users_select: "selected_user",
  conversations_select: "selected_conversation",
  channels_select: "selected_channel",
  datepicker: "selected_date",
  timepicker: "selected_time",
  datetimepicker: "selected_date_time",
  checkboxes: "selected_options",
  multi_static_select: "selected_options",
  multi_external_select: "selected_options",
  multi_users_select: "selected_users",
  multi_conversations_select: "selected_conversations",
  multi_channels_select: "selected_channels",
  rich_text_input: "rich_text_value",
  file_input: "files",
};

const fieldOf = (item) => FIELDS[item.type] ?? "value";

class Held {
  // `values` are the server's; what was chosen here goes before them.
  constructor(values = {}) {
    this.values = values;
    this.chosen = {};
  }

  get(block, item) {
    const here = this.chosen[block.block_id];
    if (here && item.action_id in here) return here[item.action_id];
    const there = this.values[block.block_id]?.[item.action_id];
    const field = fieldOf(item);
    if (there?.type === item.type) return there[field];
    return item[field === "value" || field === "rich_text_value" ? "initial_value" : field.replace("selected_", "initial_")];
  }

  set(block, item, value) {
    (this.chosen[block.block_id] ??= {})[item.action_id] = value;
  }

  // Only what still stands in the blocks may be sent along.
  known(blocks) {
    const kept = {};
    for (const block of blocks) {
      for (const item of [block.element, block.accessory, ...(block.elements || [])]) {
        const here = this.chosen[block.block_id];
        if (here && item?.action_id in here) (kept[block.block_id] ??= {})[item.action_id] = here[item.action_id];
      }
    }
    return kept;
  }
}

const held = new Map(); // message ts or view id → Held

export function heldOf(id, values) {
  if (!held.has(id)) held.set(id, new Held());
  const one = held.get(id);
  if (values) one.values = values;
  return one;
}

export const forget = (id) => held.delete(id);
