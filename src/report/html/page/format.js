/**
 * As `k3sbox` prints durations: 950ms, 1.2s, 1m1s.
 *
 * @param {number} ms
 */
export function duration(ms) {
  if (Math.round(ms) < 1000) return `${Math.round(ms)}ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  return parts.map((n, i) => (n > 0 ? `${n}${'hms'[i]}` : '')).join('');
}

/**
 * In the reader's time zone, which is said.
 *
 * @param {number} ms since 1970
 */
export function moment(ms) {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return 'an unknown time';
  return `${date.toLocaleDateString('sv-SE')} ${date.toLocaleTimeString('sv-SE')} ${zoneOf(date)}`;
}

/**
 * @param {number} ms since 1970
 */
export function clock(ms) {
  return new Date(ms).toLocaleTimeString('sv-SE');
}

/**
 * "1 host", "3 hosts", "1 204 hosts".
 *
 * @param {number} n
 * @param {string} noun
 */
export function counted(n, noun) {
  return `${grouped(n)} ${n === 1 ? noun : `${noun}s`}`;
}

/**
 * @param {number} n
 */
export function grouped(n) {
  return String(n).replaceAll(/\B(?=(\d{3})+$)/g, '\u2009');
}

/**
 * A sentence of words that begin in lower case, as k3sbox writes them.
 *
 * @param {string} text
 */
export function sentence(text) {
  const end = /[.!?…]$/.test(text) ? '' : '.';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${end}`;
}

/**
 * @param {Date} date
 */
function zoneOf(date) {
  const parts = new Intl.DateTimeFormat('en', { timeZoneName: 'short' }).formatToParts(date);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}
