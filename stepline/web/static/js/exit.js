// Leaving at once. Needs no other file of ours and no network: the page is covered first.

const WITHIN_MS = 5000;
const link = /** @type {HTMLAnchorElement} */ (document.getElementById("exit"));
const said = /** @type {HTMLElement} */ (document.getElementById("exit-said"));
let presses = 0;
let first = 0;

function leave() {
  document.dispatchEvent(new Event("leave"));
  const { slug = "" } = document.body.dataset;
  const token = document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";
  document.documentElement.classList.add("covered");
  document.title = "";
  document.body.replaceChildren();
  const fields = new FormData();
  fields.append("csrfmiddlewaretoken", token);
  fields.append("line", slug);
  navigator.sendBeacon("/call/exit", fields);
  try {
    sessionStorage.clear();
  } finally {
    location.replace(link.href);
  }
}

/** @param {KeyboardEvent} event */
function count(event) {
  if (event.key !== "Shift") {
    presses = 0;
    return;
  }
  if (event.timeStamp - first > WITHIN_MS) presses = 0;
  presses += 1;
  if (presses === 1) first = event.timeStamp;
  if (presses === 3) leave();
  else said.textContent = (presses === 1 ? said.dataset.two : said.dataset.one) ?? "";
}

link.addEventListener("click", (event) => {
  event.preventDefault();
  leave();
});
document.addEventListener("keyup", count);

export {};
