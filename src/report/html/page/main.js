/** @import { RunReport } from '../run-report.ts' */
/** @import { Filter } from './filter.js' */
import { showAbout } from './about.js';
import { showChanges } from './changes.js';
import { byId, el, openSection } from './dom.js';
import { FilterBar } from './filter-bar.js';
import { formatFragment, parseFragment, select } from './filter.js';
import { showHeadline } from './headline.js';
import { Matrix } from './matrix.js';
import { closePanel } from './result-panel.js';
import { showSlowest } from './slowest.js';
import { showStories } from './stories.js';
import { Timeline } from './timeline.js';
import { makeView } from './view.js';

function showReport() {
  /** @type {RunReport} -- what renderPage has embedded */
  const report = JSON.parse(byId('data').textContent ?? '');
  const view = makeView(report);
  showHeadline(view);
  showStories(view);
  showSlowest(view);
  showAbout(view);
  let filter = parseFragment(location.hash);
  if (report.results.length > 0 || report.hosts.length > 0) {
    const bar = new FilterBar(view, change);
    const selection = select(view, filter);
    const matrix = new Matrix(view, selection, openSection('matrix'));
    const timeline = new Timeline(view, selection, filter.zoom, openSection('timeline'), (zoom) =>
      change({ ...filter, zoom }),
    );
    const changes = openSection('changes');
    const showAll = () => {
      const selected = select(view, filter);
      bar.show(filter);
      matrix.show(selected);
      timeline.show(selected, filter.zoom);
      showChanges(view, selected, changes);
    };
    bar.show(filter);
    showChanges(view, selection, changes);
    addEventListener('hashchange', () => {
      if (formatFragment(filter) === formatFragment(parseFragment(location.hash))) return;
      filter = parseFragment(location.hash);
      showAll();
      goTo(filter.at);
    });

    /** @param {Filter} wanted */
    function change(wanted) {
      filter = wanted;
      // Typing is not worth a place in the history of the browser.
      history.replaceState(null, '', formatFragment(filter));
      showAll();
    }
  }
  showSections();
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') closePanel();
  });
  goTo(filter.at);
  document.documentElement.dataset['ready'] = String(Math.round(performance.now()));
}

function showSections() {
  const nav = byId('sections');
  const sections = [...document.querySelectorAll('main > section:not([hidden])')];
  nav.hidden = sections.length < 2;
  nav.replaceChildren(
    ...sections.map((section) => {
      const link = el('a', { href: `#at=${section.id}` }, section.querySelector('h2')?.textContent ?? '');
      link.addEventListener('click', (event) => {
        // The filters stay in the address.
        event.preventDefault();
        goTo(section.id);
      });
      return link;
    }),
  );
}

/** @param {string} id */
function goTo(id) {
  const section = id === '' ? null : document.getElementById(id);
  section?.scrollIntoView({ block: 'start' });
}

showReport();
