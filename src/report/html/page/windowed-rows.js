import { el } from './dom.js';

/**
 * Rows of equal height of which only those in sight are in the page: thousands cost what thirty cost.
 *
 * @typedef {object} RowSource
 * @property {number} count
 * @property {number} heightPx
 * @property {(row: number) => HTMLElement} render
 */

/** Rows that are made before they come into sight. */
const ahead = 6;

export class WindowedRows {
  /** @type {HTMLElement} */
  #scroller;
  /** @type {HTMLElement} */
  #space = el('div', { class: 'rows', role: 'presentation' });
  /** @type {Map<number, HTMLElement>} */
  #shown = new Map();
  /** @type {RowSource} */
  #source = { count: 0, heightPx: 1, render: () => el('div', {}) };

  /**
   * @param {HTMLElement} scroller scrolls; rows are appended to what is in it
   */
  constructor(scroller) {
    this.#scroller = scroller;
    scroller.append(this.#space);
    let isDue = false;
    const soon = () => {
      if (isDue) return;
      isDue = true;
      requestAnimationFrame(() => {
        isDue = false;
        this.#draw();
      });
    };
    scroller.addEventListener('scroll', soon, { passive: true });
    new ResizeObserver(soon).observe(scroller);
  }

  /** @param {RowSource} source */
  show(source) {
    this.#source = source;
    this.#space.style.blockSize = `${source.count * source.heightPx}px`;
    this.#space.replaceChildren();
    this.#shown.clear();
    this.#draw();
  }

  /**
   * The row, scrolled into sight.
   *
   * @param {number} row
   * @returns {HTMLElement | undefined}
   */
  reveal(row) {
    const { heightPx } = this.#source;
    const head = this.#space.offsetTop;
    const top = row * heightPx;
    const room = this.#scroller.clientHeight - head;
    if (top < this.#scroller.scrollTop) this.#scroller.scrollTop = top;
    else if (top + heightPx > this.#scroller.scrollTop + room) this.#scroller.scrollTop = top + heightPx - room;
    this.#draw();
    return this.#shown.get(row);
  }

  #draw() {
    const { count, heightPx, render } = this.#source;
    const first = Math.max(0, Math.floor(this.#scroller.scrollTop / heightPx) - ahead);
    const last = Math.min(
      count,
      Math.ceil((this.#scroller.scrollTop + this.#scroller.clientHeight) / heightPx) + ahead,
    );
    for (const [row, element] of this.#shown) {
      // Who has the focus stays: it would be lost with it.
      if ((row >= first && row < last) || element.contains(document.activeElement)) continue;
      element.remove();
      this.#shown.delete(row);
    }
    for (let row = first; row < last; row++) {
      if (this.#shown.has(row)) continue;
      const element = render(row);
      element.style.insetBlockStart = `${row * heightPx}px`;
      element.style.blockSize = `${heightPx}px`;
      this.#shown.set(row, element);
      this.#space.append(element);
    }
  }
}
