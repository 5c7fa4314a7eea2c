/**
 * What an element can be made of. Text becomes a text node, never markup: most of it comes from hosts.
 *
 * @typedef {Node | string | undefined | false} Child
 */

/**
 * The one way elements come into being here.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Readonly<Record<string, string | number | boolean | undefined>>} attributes `class`, `title`, `aria-…`; false and undefined
 *   are left out
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== undefined && child !== false) element.append(child);
  return element;
}

/**
 * Text that a host or a playbook gave, kept from turning the direction of what stands around it.
 *
 * @param {string} text
 * @param {string} [className]
 */
export function foreign(text, className) {
  return el('bdi', { class: className }, text);
}

/**
 * An element of the page itself.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

/**
 * Shows a section and gives the place for its content.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function openSection(id) {
  const section = byId(id);
  section.hidden = false;
  const body = section.querySelector('.body');
  if (!(body instanceof HTMLElement)) throw new Error(`#${id} has no body`);
  body.replaceChildren();
  return body;
}

/**
 * A part that is made when somebody opens it: a page may hold thousands.
 *
 * @param {Child[]} summary
 * @param {() => Child[]} content
 * @param {{ readonly isOpen?: boolean, readonly className?: string }} [options]
 */
export function foldable(summary, content, { isOpen = false, className } = {}) {
  const details = el('details', { class: className }, el('summary', {}, ...summary));
  const fill = () => {
    if (details.open && details.childElementCount === 1) {
      details.append(...content().filter((child) => child !== undefined && child !== false));
    }
  };
  details.addEventListener('toggle', fill);
  details.open = isOpen;
  fill();
  return details;
}

/**
 * @param {string} label
 * @param {() => void} onClick
 * @param {Readonly<Record<string, string | boolean | undefined>>} [attributes]
 */
export function button(label, onClick, attributes = {}) {
  const made = el('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', onClick);
  return made;
}
