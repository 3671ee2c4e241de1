// A select one can type into: options given, or asked for while one types; one choice, or several as chips.
// Follows the ARIA pattern of an editable combobox with a list popup.

import { freshId } from "../dom.js";
import { Component, createRef, html } from "../vendor/preact.js";
import { icon } from "./icons.js";
import { Popup } from "./popup.js";

const WAIT = 200; // ms of quiet before the app is asked

// An option is {value, label, hint, group, data}. Properties: `options`, or `ask(text)` with `least` characters and
// `failed()`, why nothing came;
// `chosen` (a list, of one at most unless `several`), `change(list)`, `most`, `placeholder`, `control` (of the input).
export class Combobox extends Component {
  constructor(props) {
    super(props);
    this.box = createRef();
    this.whole = createRef();
    this.listId = freshId("options");
    this.state = { open: false, text: null, offered: null, at: 0, asking: false };
    this.number = 0;
  }

  componentWillUnmount() {
    clearTimeout(this.timer);
  }

  // What the list shows: what was typed narrows it, and what was chosen already is left out.
  rows() {
    const { options, chosen, several, ask } = this.props;
    const typed = (this.state.text ?? "").trim().toLowerCase();
    const all = ask ? (this.state.offered ?? []) : options.filter((option) => option.label.toLowerCase().includes(typed));
    return several ? all.filter((option) => !chosen.some((one) => one.value === option.value)) : all;
  }

  open(open) {
    this.setState({ open, at: 0, ...(open ? {} : { text: null, offered: null }) });
  }

  typed(text) {
    this.setState({ text, at: 0, open: true });
    const { ask, several, chosen, change } = this.props;
    if (!text && !several && chosen.length) change([]);
    if (ask) this.askSoon(text);
  }

  askSoon(text, wait = WAIT) {
    clearTimeout(this.timer);
    const number = ++this.number;
    if (text.length < this.props.least) return this.setState({ offered: null, asking: false });
    this.setState({ asking: true });
    this.timer = setTimeout(async () => {
      const offered = await this.props.ask(text);
      if (number === this.number) this.setState({ offered, asking: false, at: 0 });
    }, wait);
  }

  begin() {
    this.open(true);
    if (!this.props.several) this.box.current.select();
    if (this.props.ask && this.props.least === 0) this.askSoon("", 0);
  }

  pick(option) {
    const { several, chosen, change, most } = this.props;
    if (!option) return;
    if (several && chosen.length >= (most ?? Infinity)) return;
    change(several ? [...chosen, option] : [option]);
    this.open(several);
    if (several) this.setState({ text: null, offered: null });
    this.box.current.focus();
  }

  drop(option) {
    this.props.change(this.props.chosen.filter((one) => one.value !== option.value));
    this.box.current.focus();
  }

  keys(event) {
    const { open, at, text } = this.state;
    const rows = this.rows();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && open) this.setState({ at: (at + step + rows.length) % Math.max(1, rows.length) });
    else if (step) this.begin();
    else if (event.key === "Enter" && open) this.pick(rows[at]);
    else if (event.key === "Escape" && open) this.open(false);
    else if (event.key === "Backspace" && this.props.several && !text && this.props.chosen.length) this.drop(this.props.chosen.at(-1));
    else {
      if (event.key === "Tab" && open && text && rows[at]) this.pick(rows[at]);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  render({ control, chosen, several, placeholder }, { open, text, at }) {
    const rows = open ? this.rows() : [];
    const marked = rows[at] && `${this.listId}-${at}`;
    const shown = text ?? (several ? "" : (chosen[0]?.label ?? ""));
    return html`<div class="combo" ref=${this.whole}>
      ${several && chosen.map((option) => html`<${Chip} key=${option.value} option=${option} drop=${() => this.drop(option)} />`)}
      <input type="text" class="combo-box" role="combobox" autocomplete="off" spellcheck=${false} ref=${this.box}
        aria-autocomplete="list" aria-expanded=${String(open)} aria-controls=${open ? this.listId : undefined}
        aria-activedescendant=${marked || undefined} placeholder=${several && chosen.length ? "" : placeholder} value=${shown}
        ...${control} onInput=${(event) => this.typed(event.target.value)} onClick=${() => open || this.begin()}
        onKeyDown=${(event) => this.keys(event)} onBlur=${() => this.open(false)} />
      <span class="combo-arrow">${icon("down", 14)}</span>
      ${open && html`<${Popup} anchor=${this.whole} wide leave=${() => this.open(false)}
        class="options" role="listbox" id=${this.listId} aria-label="Options">
        <${Rows} rows=${rows} at=${at} id=${this.listId} said=${this.said(rows)} pick=${(option) => this.pick(option)} />
      </${Popup}>`}
    </div>`;
  }

  // What stands in the list instead of options.
  said(rows) {
    const { ask, failed, least, several, chosen, most } = this.props;
    if (several && chosen.length >= (most ?? Infinity)) return `No more than ${most} can be chosen.`;
    if (rows.length) return "";
    const missing = least - (this.state.text ?? "").length;
    if (ask && missing > 0) return `Type ${missing} more ${missing === 1 ? "character" : "characters"} to search.`;
    return this.state.asking ? "Searching…" : failed?.() || "No results";
  }
}

function Chip({ option, drop }) {
  return html`<span class="chip">${option.label}<button type="button" aria-label=${`Remove ${option.label}`} onClick=${drop}
    onMouseDown=${(event) => event.preventDefault()}>${icon("close", 12)}</button></span>`;
}

function Rows({ rows, at, id, said, pick }) {
  if (said) return html`<div class="no-options">${said}</div>`;
  const heads = rows.map((option, place) => option.group && option.group !== rows[place - 1]?.group && option.group);
  return rows.map((option, place) => html`
    ${heads[place] && html`<div class="option-group" role="presentation">${heads[place]}</div>`}
    <div key=${option.value} class="option" role="option" id=${`${id}-${place}`} aria-selected=${String(place === at)}
      ref=${place === at ? nearest : undefined} onMouseDown=${(event) => (event.preventDefault(), pick(option))}>
      <span>${option.label}</span>${option.hint && html`<span class="hint">${option.hint}</span>`}
    </div>`);
}

const nearest = (node) => node?.scrollIntoView({ block: "nearest" });
