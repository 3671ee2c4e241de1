// What the panels share: their stylesheet, small controls, and coalescing what comes quickly.

import { el } from "../dom.js";
import { html, useEffect, useRef, useState } from "../vendor/preact.js";

const STYLE = "/page/panels/panels.css";
const COPIED = 1500; // ms for which a copy button says that it did
const SECOND = 1000;

// Put the stylesheet into the page once, whichever of the panels comes first.
export function styled() {
  if (document.querySelector(`link[href="${STYLE}"]`)) return;
  document.head.append(el("link", { rel: "stylesheet", href: STYLE }));
}

// Faults ordered for single calls, in words; empty without any.
export const planned = (number) => number ? `${number} fault${number === 1 ? "" : "s"} planned for the next calls` : "";

export function Button({ children, act, ...props }) {
  return html`<button type="button" class="p-btn" onClick=${act} ...${props}>${children}</button>`;
}

// `text()` is asked when somebody copies.
export function Copy({ what, text }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text());
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED);
  };
  return html`<${Button} act=${copy} aria-label=${`Copy ${what}`}>${copied ? "Copied" : "Copy"}<//>`;
}

// Whether the panel can be seen: its root stays when another tab is shown.
export function useVisible() {
  const node = useRef(null);
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => setVisible(entries.at(-1).isIntersecting));
    observer.observe(node.current);
    return () => observer.disconnect();
  }, []);
  return [node, visible];
}

// On a narrow screen the panels cover what was just pointed at: let them go.
export function giveWay() {
  const panels = document.querySelector("#panels");
  if (getComputedStyle(panels).position === "fixed") panels.querySelector('[aria-label="Close tools"]')?.click();
}

// Have `look` called when something changed on the page, at most every `calm` ms, and each second besides: not
// everything the server does is told to pages, and nobody who does not look costs it anything. Gives what ends it.
export function keepLooking(api, look, calm) {
  const soon = throttled(look, calm);
  const unsubscribe = api.subscribe(() => soon());
  const clock = setInterval(soon, SECOND);
  soon();
  return () => (unsubscribe(), clearInterval(clock), soon.cancel());
}

// However often it is called, `work` runs at most once in `pause` ms, and once more after the last call.
export function throttled(work, pause) {
  let timer = null;
  let again = false;
  const run = () => {
    again = false;
    timer = setTimeout(() => {
      timer = null;
      if (again) run();
    }, pause);
    work();
  };
  const call = () => (timer === null ? run() : (again = true));
  call.cancel = () => clearTimeout(timer);
  return call;
}
