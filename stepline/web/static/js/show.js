// Fills a page from one snapshot. All words are in the template; this file only chooses and counts.
//
// data-screen="a b"        shown on these screens
// data-when="x y:1|2 !z"   shown when every term holds: x is there, y is 1 or 2, z isn't there
// data-disable="…"         switched off when every term holds
// data-words="… {x.y|how}" its text, with values; how: down, down_minutes, up, clock, language

/** @typedef {Record<string, unknown>} Facts */

/** @param {unknown} facts @param {string} path @returns {unknown} */
export function read(facts, path) {
  return path.split(".").reduce(
    (/** @type {unknown} */ at, key) => (at && typeof at === "object" ? /** @type {Facts} */ (at)[key] : undefined),
    facts,
  );
}

/** @param {unknown} value */
function isThere(value) {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** @param {unknown} facts @param {string} condition */
export function holds(facts, condition) {
  return condition.split(/\s+/).every((term) => {
    const not = term.startsWith("!");
    const [path = "", wanted] = term.slice(not ? 1 : 0).split(":");
    const value = read(facts, path);
    const fits = wanted === undefined ? isThere(value) : wanted.split("|").includes(String(value));
    return fits !== not;
  });
}

/** @param {number} seconds */
function minutes(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** @type {Record<string, (value: unknown, sinceSeconds: number) => string>} */
const HOW = {
  down: (value, since) => String(Math.max(0, Math.ceil(Number(value) - since))),
  down_minutes: (value, since) => minutes(Number(value) - since),
  up: (value, since) => minutes(Number(value) + since),
  clock: (value, since) =>
    new Date(Date.now() + (Number(value) - since) * 1000).toLocaleTimeString(document.documentElement.lang, {
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }),
  language: (value) =>
    new Intl.DisplayNames([document.documentElement.lang], { type: "language" }).of(String(value)) ?? String(value),
};

/** @param {string} words @param {unknown} facts @param {number} sinceSeconds seconds since the facts were read */
export function fill(words, facts, sinceSeconds) {
  return words.replace(/\{([\w.]+)(?:\|(\w+))?\}/g, (_, /** @type {string} */ path, /** @type {string} */ how) => {
    const value = read(facts, path);
    if (value === null || value === undefined) return "";
    return HOW[how]?.(value, sinceSeconds) ?? String(value);
  });
}

/** @param {Element} element @param {string} text */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Fill every data-words that isn't inside a list's template. @param {ParentNode} root @param {unknown} facts @param {number} since */
export function count(root, facts, since) {
  for (const element of root.querySelectorAll("[data-words]:not([data-row] *)")) {
    say(element, fill(element.getAttribute("data-words") ?? "", facts, since));
  }
}

/** Fill lists: one copy of the template for each row. @param {ParentNode} root @param {unknown} facts */
function list(root, facts) {
  for (const holder of root.querySelectorAll("[data-list]")) {
    const rows = read(facts, holder.getAttribute("data-list") ?? "");
    const text = JSON.stringify(rows ?? []);
    if (holder.getAttribute("data-shown") === text) continue;
    holder.setAttribute("data-shown", text);
    for (const old of holder.querySelectorAll("[data-row]")) old.remove();
    for (const row of Array.isArray(rows) ? rows : []) holder.append(rowOf(holder, row));
  }
}

/** @param {Element} holder @param {unknown} row */
function rowOf(holder, row) {
  const template = holder.querySelector("template");
  if (!template) throw new Error("a list without a template");
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  choose(copy, row);
  count(copy, row, 0);
  for (const button of copy.querySelectorAll("[data-post]")) {
    button.setAttribute("data-post", fill(button.getAttribute("data-post") ?? "", row, 0));
  }
  copy.firstElementChild?.setAttribute("data-row", "");
  return copy;
}

/** @param {ParentNode} root @param {unknown} facts */
function choose(root, facts) {
  for (const element of root.querySelectorAll("[data-when]:not([data-row] *)")) {
    element.toggleAttribute("hidden", !holds(facts, element.getAttribute("data-when") ?? ""));
  }
  for (const element of root.querySelectorAll("[data-disable]")) {
    element.toggleAttribute("disabled", holds(facts, element.getAttribute("data-disable") ?? ""));
  }
}

/** Show a whole snapshot. @param {ParentNode} root @param {Facts} facts @param {number} since seconds since it was read */
export function show(root, facts, since) {
  for (const section of root.querySelectorAll("[data-screen]")) {
    const screens = (section.getAttribute("data-screen") ?? "").split(" ");
    section.toggleAttribute("hidden", !screens.includes(String(facts["screen"])));
  }
  choose(root, facts);
  list(root, facts);
  count(root, facts, since);
}
