// Tables: the plain one, and the data table that turns pages and sorts.

import { html, useState } from "../vendor/preact.js";
import { richText } from "./richtext.js";

const PAGE_SIZE = 5; // rows of a data_table that asks for no other number

export function table(block) {
  const [head, ...rows] = block.rows;
  return html`<div class="b-table" tabindex="0" role="region" aria-label="Table"><table>
    <thead><tr>${head.map((cell, place) => cellOf(cell, block.column_settings?.[place], "col"))}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell, place) => cellOf(cell, block.column_settings?.[place]))}</tr>`)}</tbody>
  </table></div>`;
}

function cellOf(cell, settings, scope) {
  const align = settings?.align || (cell.type === "raw_number" ? "right" : "left");
  const content = cell.type === "rich_text" ? richText(cell) : wordsOf(cell);
  const words = `align-${align}${settings?.is_wrapped === false ? " nowrap" : ""}`;
  return scope ? html`<th scope=${scope} class=${words}>${content}</th>` : html`<td class=${words}>${content}</td>`;
}

const wordsOf = (cell) => String(cell.text ?? cell.value ?? "");

export function DataTable({ block }) {
  const [page, setPage] = useState(0);
  const [order, setOrder] = useState(null); // {column, down}
  const [head, ...rows] = block.rows;
  const size = block.page_size ?? PAGE_SIZE;
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const at = Math.min(page, pages - 1);
  const shown = sorted(rows, order).slice(at * size, (at + 1) * size);
  const sort = (column) => setOrder(order?.column === column ? { column, down: !order.down } : { column, down: false });
  const ahead = block.row_header_column_index ?? 0;
  const titled = (cell, column) =>
    heading(cell, numeric(rows, column), order?.column === column && order, () => sort(column));
  const scoped = (cell, column) => cellOf(cell, null, column === ahead ? "row" : undefined);
  return html`<div class="b-table data" tabindex="0" role="region" aria-label=${block.caption}>
    <table><caption>${block.caption}</caption>
      <thead><tr>${head.map(titled)}</tr></thead>
      <tbody>${shown.map((row) => html`<tr>${row.map(scoped)}</tr>`)}</tbody>
    </table>
    ${pages > 1 && html`<${Pages} at=${at} pages=${pages} size=${size} all=${rows.length} turn=${setPage} />`}
  </div>`;
}

const numeric = (rows, column) => rows.length > 0 && rows.every((row) => row[column]?.type === "raw_number");

function heading(cell, right, order, sort) {
  const sorting = order ? (order.down ? "descending" : "ascending") : "none";
  const arrow = { none: "", ascending: " ↑", descending: " ↓" }[sorting];
  return html`<th scope="col" aria-sort=${sorting} class=${right ? "align-right" : "align-left"}>
    <button type="button" class="sort" onClick=${sort}>${wordsOf(cell)}<span aria-hidden="true">${arrow}</span></button></th>`;
}

function sorted(rows, order) {
  if (!order) return rows;
  const key = (row) => row[order.column]?.value ?? JSON.stringify(row[order.column]?.elements ?? row[order.column]?.text ?? "");
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  const up = [...rows].sort((a, b) => compare(key(a), key(b)));
  return order.down ? up.reverse() : up;
}

function Pages({ at, pages, size, all, turn }) {
  return html`<div class="pages">
    <button type="button" class="btn small" disabled=${at === 0} onClick=${() => turn(at - 1)}>Previous</button>
    <span aria-live="polite">${at * size + 1}–${Math.min(all, (at + 1) * size)} of ${all}</span>
    <button type="button" class="btn small" disabled=${at === pages - 1} onClick=${() => turn(at + 1)}>Next</button>
  </div>`;
}
