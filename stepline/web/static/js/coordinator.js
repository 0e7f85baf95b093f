// The board: says to htmx when something changed, runs its clocks, sorts its tables.
// Every word on the page comes from the server; this file holds none.

import { openLive } from "./live.js";

/** @typedef {{column: number, downwards: boolean}} Order */
/** @typedef {Window & {htmx: {trigger(element: Element, event: string): void}}} WithHtmx */

/** @type {Map<string, Order>} */
const sorted = new Map();
/** @type {WeakMap<Element, number>} */
const drawnAt = new WeakMap();
const GATHER_MS = 300;

/** @param {number} seconds */
function asClock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// Counted on from the moment this page drew it, so a wrong clock on this machine doesn't matter.
function runClocks() {
  const now = performance.now();
  for (const shown of document.querySelectorAll("[data-runs]")) {
    const since = drawnAt.get(shown) ?? now;
    drawnAt.set(shown, since);
    shown.textContent = asClock(Number(shown.getAttribute("data-runs")) + (now - since) / 1000);
  }
}

/** @param {HTMLTableRowElement} row @param {number} column */
function valueOf(row, column) {
  const cell = row.cells[column];
  return cell.dataset.value === undefined ? cell.innerText.trim() : Number(cell.dataset.value);
}

/** @param {string | number} one @param {string | number} other */
function compare(one, other) {
  const numbers = typeof one === "number" && typeof other === "number";
  return numbers ? one - other : String(one).localeCompare(String(other));
}

/** @param {HTMLTableElement} table */
function headsOf(table) {
  return [...(table.tHead?.rows[0].cells ?? [])];
}

/** @param {HTMLTableElement} table @param {Order} order */
function sortRows(table, { column, downwards }) {
  const rows = [...table.tBodies[0].rows];
  const turn = downwards ? -1 : 1;
  rows.sort((one, other) => compare(valueOf(one, column), valueOf(other, column)) * turn);
  table.tBodies[0].append(...rows);
  for (const [index, head] of headsOf(table).entries()) {
    if (index === column) head.setAttribute("aria-sort", downwards ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
}

/** @param {HTMLTableElement} table @param {string} name @param {number} column */
function sortBy(table, name, column) {
  const last = sorted.get(name);
  const order = { column, downwards: last?.column === column && !last.downwards };
  sorted.set(name, order);
  sortRows(table, order);
}

/** @param {HTMLTableElement} table */
function makeSortable(table) {
  const name = String(table.dataset.sorts);
  for (const [column, head] of headsOf(table).entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    // With its own name the button keeps the focus when the board is drawn anew.
    button.id = `sort-${name}-${column}`;
    button.textContent = head.textContent;
    button.addEventListener("click", () => sortBy(table, name, column));
    head.replaceChildren(button);
  }
  const kept = sorted.get(name);
  if (kept) sortRows(table, kept);
}

function dress() {
  for (const table of document.querySelectorAll("table")) {
    if (table.dataset.sorts && !table.querySelector(".sort")) makeSortable(table);
  }
  runClocks();
}

// Only a change in what needs somebody is read out, not every figure.
function say() {
  const words = document.getElementById("notices-title")?.dataset.said;
  const said = document.getElementById("said");
  if (said && words && said.textContent !== words) said.textContent = words;
}

/** @param {boolean} isLive */
function showLive(isLive) {
  document.getElementById("not-live")?.toggleAttribute("hidden", isLive);
}

/** @param {HTMLElement} board */
function follow(board) {
  /** @type {ReturnType<typeof setTimeout> | null} */
  let gathering = null;
  const look = () => {
    gathering ??= setTimeout(() => {
      gathering = null;
      /** @type {WithHtmx} */ (/** @type {unknown} */ (window)).htmx.trigger(board, "changed");
    }, GATHER_MS);
  };
  // When this device may not see the board any more, the server says what to do.
  const onOver = () => window.location.reload();
  openLive({ url: String(board.dataset.live), onSnapshot: look, onLost: look, onOver });
}

/** @param {Event} event */
function afterRequest(event) {
  const { successful, xhr } = /** @type {CustomEvent} */ (event).detail;
  if (xhr?.status === 403) window.location.reload();
  showLive(Boolean(successful));
}

/** @param {HTMLElement} board */
function keepUp(board) {
  document.body.addEventListener("htmx:afterSwap", () => {
    dress();
    say();
  });
  document.body.addEventListener("htmx:afterRequest", afterRequest);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
  follow(board);
}

/** Show only the rows that hold every word typed. @param {string} typed */
function filterRows(typed) {
  const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of document.querySelectorAll("table[data-sorts] tbody tr")) {
    const text = (row.textContent ?? "").toLocaleLowerCase();
    const fits = words.every((word) => text.includes(word));
    row.toggleAttribute("hidden", !fits);
    shown += Number(fits);
  }
  const found = document.getElementById("found");
  if (found) found.textContent = shown ? "" : String(found.dataset.none);
}

function makeFindable() {
  const field = document.getElementById("find-name");
  if (!(field instanceof HTMLInputElement)) return;
  document.getElementById("find")?.toggleAttribute("hidden", false);
  field.addEventListener("input", () => filterRows(field.value));
  filterRows(field.value);
}

makeFindable();
dress();
setInterval(runClocks, 1000);
const board = document.getElementById("board");
if (board) keepUp(board);
