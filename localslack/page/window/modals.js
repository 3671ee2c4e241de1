// Modals: the topmost is shown; below it wait those it was pushed over.

import { act } from "../api.js";
import { Blocks } from "../blocks/blocks.js";
import { forget, heldOf } from "../blocks/held.js";
import { Failure, failureAt } from "../failures.js";
import { store } from "../store.js";
import { icon } from "../ui/icons.js";
import { Component, createRef, html, useLayoutEffect, useRef } from "../vendor/preact.js";
import { contextOf } from "./viewing.js";

export function Modals() {
  const top = store.views.at(-1);
  return top ? html`<${Dialog} view=${top} depth=${store.views.length} />` : null;
}

const leave = (view, all) => act("close_view", { view_id: view.id, all_of_them: all });

// One dialog for the whole stack: the focus goes back to where it was when the last has gone. It covers the window and
// not the tools beside it, which show what a form does; so it is not modal to the browser, the window under it is inert.
function Dialog({ view, depth }) {
  const dialog = useRef();
  const shown = useRef();
  const before = useRef(document.activeElement);
  shown.current = view;
  useLayoutEffect(() => {
    const node = dialog.current;
    node.show();
    return () => {
      node.close();
      before.current.focus();
    };
  }, []);
  useLayoutEffect(() => focusFirst(dialog.current), [view.id]);
  const back = (event) => {
    event.preventDefault();
    leave(shown.current, false);
  };
  const keys = (event) => event.key === "Escape" && !event.defaultPrevented && back(event);
  return html`<div class="cover"><dialog class="modal" ref=${dialog} aria-label=${view.title.text} data-view=${view.id}
    onKeyDown=${keys}><${Form} key=${view.id} view=${view} depth=${depth} /></dialog></div>`;
}

function focusFirst(dialog) {
  const input = dialog.querySelector(".b-input input, .b-input textarea");
  (input ?? dialog.querySelector(".dialog-body button, .dialog-foot .primary") ?? dialog).focus();
}

class Form extends Component {
  constructor(props) {
    super(props);
    this.form = createRef();
    this.state = { sending: false, errors: {} };
  }

  componentWillUnmount() {
    if (!store.views.some((view) => view.id === this.props.view.id)) forget(this.props.view.id);
    this.gone = true;
  }

  async send(event) {
    event.preventDefault();
    const { view } = this.props;
    if (this.state.sending || !view.submit) return;
    this.setState({ sending: true, errors: {} });
    const reply = await act("submit", { view_id: view.id, values: heldOf(view.id).known(view.blocks) });
    if (this.gone) return;
    this.setState({ sending: false, errors: reply.errors ?? {} }, () => this.focusAgain());
  }

  // A button that is disabled while it sends loses the focus, and Escape with it.
  focusAgain() {
    const form = this.form.current;
    const lost = form && !form.contains(document.activeElement);
    const next = form?.querySelector("[aria-invalid=true]") ?? (lost ? form.querySelector("[type=submit]") : null);
    next?.focus();
  }

  mended({ block_id }) {
    if (this.state.errors[block_id]) this.setState(({ errors: { [block_id]: _, ...others } }) => ({ errors: others }));
  }

  render({ view, depth }, { sending, errors }) {
    return html`<form novalidate ref=${this.form} onSubmit=${(event) => this.send(event)} aria-busy=${sending ? "true" : undefined}>
      <div class="dialog-head">
        ${depth > 1 && html`<button class="icon" type="button" aria-label="Back"
          onClick=${() => leave(view, false)}>${icon("back")}</button>`}
        <h2>${view.title.text}</h2>
        <button class="icon" type="button" aria-label="Close" onClick=${() => leave(view, true)}>${icon("close")}</button>
      </div>
      <div class="dialog-body">
        <${Failure} failure=${sending ? null : failureAt({ view_id: view.id })} />
        <${Blocks} blocks=${view.blocks} context=${contextOf(view, errors, (block) => this.mended(block))} />
      </div>
      <div class="dialog-foot">
        <button class="btn" type="button" onClick=${() => leave(view, false)}>${view.close?.text ?? (depth > 1 ? "Back" : "Close")}</button>
        ${view.submit && html`<button class=${sending ? "btn primary busy" : "btn primary"} type="submit"
          disabled=${sending || view.submit_disabled}><span>${view.submit.text}</span></button>`}
      </div></form>`;
  }
}
