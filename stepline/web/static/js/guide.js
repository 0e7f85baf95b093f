// One guide card at a time. Which cards, and in which order, is decided by the server (core/guide.py).

/** @typedef {Record<string, string[]>} Decks card ids by 'seat caller moment' */

/**
 * @param {HTMLElement} root the element that holds every card
 * @param {Decks} decks
 */
export function createGuide(root, decks) {
  const cards = new Map(
    [...root.querySelectorAll("[data-card]")].map((card) => [card.getAttribute("data-card"), card]),
  );
  /** @type {string[]} */
  let deck = [];
  let moment = "";
  let call = "";
  let place = 0;

  function show() {
    for (const [id, card] of cards) card.toggleAttribute("hidden", id !== deck[place]);
  }

  return {
    /** Choose the deck for a call; danger goes to its first card, else the same card stays.
     * @param {{id: string, me: string, for_whom: string | null, danger: boolean}} now */
    update(now) {
      const reading = deck[place];
      const nextMoment = now.danger ? "danger" : "calm";
      deck = decks[`${now.me} ${now.for_whom ?? "self"} ${nextMoment}`] ?? [];
      const same = call === now.id && moment === nextMoment ? deck.indexOf(reading ?? "") : 0;
      place = Math.max(0, same);
      call = now.id;
      moment = nextMoment;
      show();
    },
    /** @param {number} by */
    turn(by) {
      place = Math.min(Math.max(0, place + by), Math.max(0, deck.length - 1));
      show();
    },
    place: () => ({ card: deck.length ? place + 1 : 0, cards: deck.length }),
  };
}
