/** @import { View } from './view.js' */
import { button, el, foreign, openSection } from './dom.js';
import { counted, duration } from './format.js';
import { showHost, showTask } from './result-panel.js';
import { hostName, taskOf } from './view.js';

/**
 * The tasks and the hosts that a run waited for.
 *
 * @param {View} view
 */
export function showSlowest(view) {
  const { slowTasks, slowHosts } = view.report;
  if (slowTasks.length === 0) return;
  const longestTask = slowTasks[0]?.slowestMs ?? 1;
  const longestHost = slowHosts[0]?.totalMs ?? 1;
  openSection('slowest').append(
    el(
      'div',
      { class: 'columns' },
      table(
        ['task', 'slowest', 'on', 'mean'],
        slowTasks.map(({ task, slowestMs, slowestHost, meanMs, hosts }) => [
          link(taskOf(view, task).name, () => showTask(view, [slowestHost], task)),
          bar(slowestMs, longestTask),
          foreign(hostName(view, slowestHost), 'host'),
          `${duration(meanMs)} of ${counted(hosts, 'host')}`,
        ]),
      ),
      table(
        ['host', 'at work', 'most of it'],
        slowHosts.map(({ host, totalMs, slowestTask, slowestMs }) => [
          link(hostName(view, host), () => showHost(view, host)),
          bar(totalMs, longestHost),
          el('span', {}, foreign(taskOf(view, slowestTask).name), ` ${duration(slowestMs)}`),
        ]),
      ),
    ),
  );
}

/**
 * @param {readonly string[]} heads
 * @param {readonly (readonly (Node | string)[])[]} rows
 */
function table(heads, rows) {
  return el(
    'table',
    {},
    el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', { scope: 'col' }, head)))),
    el('tbody', {}, ...rows.map((row) => el('tr', {}, ...row.map((cell) => el('td', {}, cell))))),
  );
}

/**
 * @param {string} text
 * @param {() => void} onClick
 */
function link(text, onClick) {
  const made = button('', onClick, { class: 'link' });
  made.append(foreign(text));
  return made;
}

/**
 * @param {number} ms
 * @param {number} longest
 */
function bar(ms, longest) {
  const fill = el('i', {});
  fill.style.inlineSize = `${Math.max(1, (ms / longest) * 100)}%`;
  return el('span', { class: 'amount' }, fill, el('span', {}, duration(ms)));
}
