// What using something in a modal or App Home does.

import { act, suggest } from "../api.js";
import { heldOf } from "../blocks/held.js";

export function contextOf(view, errors, mended) {
  const held = heldOf(view.id, view.state.values);
  const place = { message_ts: view.id, channel: null };
  return {
    held,
    errors,
    mended,
    act: (block, item, option) =>
      act("click", { ...place, name: item.action_id, block_id: block.block_id, option, state: held.known(view.blocks) }),
    suggest: (block, item, text) => suggest(view.id, null, block, item, text),
  };
}
