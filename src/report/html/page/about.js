/** @import { View } from './view.js' */
import { el, foreign, openSection } from './dom.js';
import { duration, moment, sentence } from './format.js';
import { namesOf } from './result-panel.js';

/**
 * Warnings, and with what the run was started.
 *
 * @param {View} view
 */
export function showAbout(view) {
  const { warnings, facts, from, phases } = view.report;
  if (warnings.length > 0) {
    openSection('warnings').append(
      ...warnings.map(({ message, hint, hosts }) =>
        el(
          'div',
          { class: 'card warning' },
          el('p', {}, '⚠ ', foreign(sentence(view.text(message)))),
          hint !== undefined && el('p', { class: 'hint' }, foreign(view.text(hint))),
          hosts.length > 0 && namesOf(view, hosts),
        ),
      ),
    );
  }
  const ended = phases.at(-1);
  const rows = [
    ['k3sbox', facts.version],
    ['mode', facts.mode],
    ['playbooks', facts.playbooks.join(' ')],
    ['inventories', facts.inventories.join(' ')],
    ...Object.entries(facts.options).map(([name, value]) => [`--${dashed(name)}`, shown(value)]),
    ...Object.entries(facts.extraVars).map(([name, value]) => [`-e ${name}`, shown(value)]),
    ['controller', `${facts.controller.hostname}, process ${facts.controller.pid}`],
    ['folder', facts.cwd],
    ['started', moment(from)],
    ...(ended === undefined ? [] : [['last event', `${moment(from + ended.toMs)} (${duration(ended.toMs)} later)`]]),
  ];
  openSection('about').append(
    el(
      'dl',
      { class: 'facts' },
      ...rows.flatMap(([name = '', value = '']) =>
        value === '' ? [] : [el('dt', {}, foreign(name)), el('dd', {}, foreign(value, 'code'))],
      ),
    ),
    el('p', { class: 'quiet' }, 'Made from the journal of the run. This page needs no network and sends nothing.'),
  );
}

/** @param {string} name */
function dashed(name) {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** @param {unknown} value */
function shown(value) {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
