// Rows of objects: what each is, its state, and buttons for what can happen to it.

import { element, time } from "./dom.js";

// As dashboard.stripe.com calls them in its paths.
export const PLURALS = {
  customer: "customers",
  subscription: "subscriptions",
  invoice: "invoices",
  charge: "payments",
  refund: "refunds",
  dispute: "disputes",
  credit_note: "credit_notes",
  event: "events",
};

export const TITLES = {
  customer: "Customers",
  subscription: "Subscriptions",
  invoice: "Invoices",
  charge: "Charges",
  refund: "Refunds",
  dispute: "Disputes",
  credit_note: "Credit notes",
  event: "Events",
};

const GOOD = /^(active|paid|succeeded|won|bank pays|issued|warning_closed)/;
const BAD = /^(past_due|failed|lost|disputed|needs_response|uncollectible|unpaid|bank declines)/;

const tone = (state) => (BAD.test(state) ? "bad" : GOOD.test(state) ? "good" : "quiet");

export const address = (row) => `/test/${PLURALS[row.kind]}/${row.id}`;

export const badge = (state) => (state ? element("span", { class: `state ${tone(state)}` }, state) : null);

export const buttons = (row, happen) =>
  row.deeds.map((deed) =>
    element("button", { onclick: () => happen(deed.name, { [deed.takes]: row.id, ...deed.more }) }, deed.label),
  );

const line = (row, happen) =>
  element(
    "tr",
    {},
    element("td", {}, element("a", { href: address(row) }, row.title || row.id), element("code", {}, row.id)),
    element("td", {}, row.customer),
    element("td", { class: "amount" }, row.amount),
    element("td", {}, badge(row.state), row.until ? element("small", {}, "until ", time(row.until)) : null),
    element("td", {}, time(row.created)),
    element("td", { class: "deeds" }, buttons(row, happen)),
  );

export const table = (kind, rows, count, happen) =>
  element(
    "section",
    { id: kind },
    element("h2", {}, TITLES[kind], element("small", {}, String(count))),
    rows.length
      ? element("table", {}, element("tbody", {}, rows.map((row) => line(row, happen))))
      : element("p", { class: "none" }, "None yet."),
    rows.length < count ? element("p", { class: "none" }, `The newest ${rows.length} are shown.`) : null,
  );
