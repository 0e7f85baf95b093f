// The volunteer's part about danger: what is seen is told, and where they are is shown on request.

/**
 * @param {(address: string, fields: Record<string, string>) => Promise<boolean>} note
 * @param {(address: string, fields: Record<string, string>) => Promise<Response | null>} post
 * @param {(address: string, fields: Record<string, string>) => Promise<Response>} send
 */
export function createDanger(note, post, send) {
  const form = /** @type {HTMLFormElement} */ (document.getElementById("place"));
  const shown = /** @type {HTMLElement} */ (document.getElementById("place-shown"));

  function hide() {
    shown.hidden = true;
    shown.textContent = "";
  }

  async function open() {
    const answer = await send("/volunteer/call/place-open", {});
    const { place, message } = await answer.json();
    shown.textContent = place ?? message ?? "";
    shown.hidden = false;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void post("/volunteer/call/place", { place: String(new FormData(form).get("place") ?? "") });
    form.reset();
    hide();
  });
  document.getElementById("place-open")?.addEventListener("click", () => void open());
  for (const card of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("[data-sight]"))) {
    card.addEventListener("toggle", () => {
      if (card.open) void note("/volunteer/call/sight", { sight: card.dataset["sight"] ?? "" });
    });
  }

  return {
    /** Once nobody needs it, it is on no page either. @param {import("./volunteer-types.js").VolunteerCall | null} call */
    update(call) {
      if (!call?.dangers?.place_known) hide();
      if (!call) for (const card of document.querySelectorAll("[data-sight][open]")) card.removeAttribute("open");
    },
  };
}
