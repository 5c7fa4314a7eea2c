/** @import { View } from './view.js' */
/** @import { Filter } from './filter.js' */
import { button, byId, el } from './dom.js';
import { grouped } from './format.js';
import { noFilter, select, statusFilters } from './filter.js';

/** The fields that narrow down what is shown. */
export class FilterBar {
  /** @type {(filter: Filter) => void} */
  #onChange;
  #filter = noFilter;
  #host = el('input', {
    type: 'search',
    id: 'filter-host',
    placeholder: 'n1, web',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  #task = el('input', {
    type: 'search',
    id: 'filter-task',
    placeholder: 'name, module or play',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  /** @type {readonly (readonly [key: string, button: HTMLButtonElement])[]} */
  #statuses;
  #clear = button('show all', () => this.#change({ ...noFilter, zoom: this.#filter.zoom }), { class: 'link' });

  /**
   * @param {View} view
   * @param {(filter: Filter) => void} onChange
   */
  constructor(view, onChange) {
    this.#onChange = onChange;
    this.#statuses = statusFilters.flatMap(({ key, word }) => {
      const { hosts } = select(view, { ...noFilter, status: [key] });
      if (hosts.length === 0) return [];
      const toggle = button(word, () => this.#toggle(key), {
        'aria-pressed': 'false',
        title: `hosts with something ${word}`,
      });
      toggle.append(el('small', {}, ` ${grouped(hosts.length)}`));
      return [/** @type {const} */ ([key, toggle])];
    });
    this.#host.addEventListener('input', () => this.#change({ ...this.#filter, host: this.#host.value }));
    this.#task.addEventListener('input', () => this.#change({ ...this.#filter, task: this.#task.value }));
    const bar = byId('filters');
    bar.hidden = false;
    bar.replaceChildren(
      el('label', { for: 'filter-host' }, 'host'),
      this.#host,
      el('label', { for: 'filter-task' }, 'task'),
      this.#task,
      el(
        'span',
        { class: 'statuses', role: 'group', 'aria-label': 'status' },
        ...this.#statuses.map(([, toggle]) => toggle),
      ),
      this.#clear,
    );
  }

  /** @param {Filter} filter */
  show(filter) {
    this.#filter = filter;
    if (this.#host.value !== filter.host) this.#host.value = filter.host;
    if (this.#task.value !== filter.task) this.#task.value = filter.task;
    for (const [key, toggle] of this.#statuses) {
      toggle.setAttribute('aria-pressed', String(filter.status.includes(key)));
    }
    this.#clear.hidden = filter.host === '' && filter.task === '' && filter.status.length === 0;
  }

  /** @param {string} key */
  #toggle(key) {
    const { status } = this.#filter;
    this.#change({
      ...this.#filter,
      status: status.includes(key) ? status.filter((each) => each !== key) : [...status, key],
    });
  }

  /** @param {Filter} filter */
  #change(filter) {
    this.#onChange({ ...filter, at: '' });
  }
}
