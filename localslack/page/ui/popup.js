// What opens over everything, beside the thing it belongs to: menus, lists of options, pickers.

import { html, useEffect, useLayoutEffect, useRef } from "../vendor/preact.js";

const GAP = 4;
const EDGE = 8;

// What in it says autofocus gets the focus. `anchor` is a ref; `leave` is called when somebody clicks elsewhere.
// Further properties go to the element.
export function Popup({ anchor, leave, wide, above, children, ...props }) {
  const own = useRef();
  useLayoutEffect(() => {
    own.current.showPopover();
  }, []);
  useLayoutEffect(() => place(own.current, anchor.current, { wide, above }));
  useEffect(() => {
    const again = () => own.current && anchor.current && place(own.current, anchor.current, { wide, above });
    const outside = (event) => own.current?.contains(event.target) || anchor.current?.contains(event.target) || leave();
    window.addEventListener("scroll", again, true);
    window.addEventListener("resize", again);
    document.addEventListener("pointerdown", outside, true);
    return () => {
      window.removeEventListener("scroll", again, true);
      window.removeEventListener("resize", again);
      document.removeEventListener("pointerdown", outside, true);
    };
  }, []);
  return html`<div popover="manual" ref=${own} ...${props}>${children}</div>`;
}

// Below the anchor, or above it when there is more room (or `above` asks for it); never outside the window.
function place(popup, anchor, { wide, above }) {
  const box = anchor.getBoundingClientRect();
  const below = innerHeight - box.bottom - GAP - EDGE;
  const over = box.top - GAP - EDGE;
  popup.style.maxHeight = "";
  if (wide) popup.style.width = `${box.width}px`;
  const height = popup.scrollHeight;
  const up = above ? over > Math.min(height, 160) : height > below && over > below;
  popup.style.maxHeight = `${Math.max(80, up ? over : below)}px`;
  const left = Math.min(box.left, innerWidth - popup.offsetWidth - EDGE);
  popup.style.left = `${Math.max(EDGE, left)}px`;
  popup.style.top = up ? `${Math.max(EDGE, box.top - GAP - popup.offsetHeight)}px` : `${box.bottom + GAP}px`;
}
