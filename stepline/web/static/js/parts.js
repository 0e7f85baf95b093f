// Parts of a screen that the server writes, fetched when the screen is shown: data-part="/address".

/** Fetch the parts within an element; one that can't be had stays as it was. @param {ParentNode} within */
export function fillParts(within) {
  for (const part of within.querySelectorAll("[data-part]")) {
    if (part instanceof HTMLElement) void fillPart(part);
  }
}

/** @param {HTMLElement} part */
async function fillPart(part) {
  try {
    const answer = await fetch(part.dataset["part"] ?? "", { headers: { Accept: "text/html" } });
    // Our own server wrote it, and every word in it is escaped there.
    if (answer.ok) part.innerHTML = await answer.text();
  } catch {
    // Nothing here is needed to end a call well.
  }
}
