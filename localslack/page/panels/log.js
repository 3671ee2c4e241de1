// What went both ways, as rows kept in this window; while followed, it asks for what is new.

import { keepLooking } from "./parts.js";

const KEPT = 2000; // rows remembered
const PART = 500; // rows asked for at once
const CALM = 150; // ms between two readings

export class Log {
  constructor(api, changed) {
    this.api = api;
    this.changed = changed;
    this.known = new Map(); // number → row, oldest first
    this.last = 0; // the newest revision this window has read
  }

  // Newest first.
  rows() {
    return [...this.known.values()].reverse();
  }

  // Keep up until the function given back is called.
  follow() {
    const following = { ended: false };
    const end = keepLooking(this.api, () => this.read(following), CALM);
    return () => {
      following.ended = true;
      end();
    };
  }

  async read(following) {
    const { rows, last } = await this.api.get(`log?after=${this.last}&limit=${PART}`);
    if (following.ended) return;
    if (last < this.last) this.beginAnew();
    else if (rows.length) this.take(rows);
    if (rows.length === PART) await this.read(following);
  }

  take(rows) {
    this.last = Math.max(this.last, rows.at(-1).rev);
    for (const row of rows) this.known.set(row.n, row);
    this.forgetTheOldest();
    this.changed();
  }

  forgetTheOldest() {
    for (const n of this.known.keys()) {
      if (this.known.size <= KEPT) return;
      this.known.delete(n);
    }
  }

  // The server was started again: its numbers are too.
  beginAnew() {
    this.last = 0;
    this.clear();
  }

  clear() {
    this.known.clear();
    this.changed();
  }
}
