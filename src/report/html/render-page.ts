import { createHash } from 'node:crypto';

import { safeJson } from '../json-reporter.ts';
import type { PageAssets } from './page-assets.ts';
import type { RunReport } from './run-report.ts';

/**
 * One HTML document that needs nothing else: style, script and data are in it, and its policy allows exactly this script and this
 * style (by their digests), no connection, no image, no form. Hosts are hostile: their texts are only in the data, where no `<` is left,
 * and the script shows them with `textContent` alone.
 */
export function renderPage(report: RunReport, { html, css, script }: PageAssets): string {
  const policy = [
    "default-src 'none'",
    `script-src '${digest(script)}'`,
    `style-src '${digest(css)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const { title, words } = report.verdict;
  const slots: Readonly<Record<string, string>> = {
    policy,
    title: escapeHtml(`${title}: ${report.title} · ${report.facts.run}`),
    words: escapeHtml(`${report.title}: ${title}. ${words}.`),
    style: `<style>${css}</style>`,
    data: `<script type="application/json" id="data">${embeddedJson(report)}</script>`,
    script: `<script type="module">${script}</script>`,
  };
  return html.replaceAll(/\{\{(\w+)\}\}/g, (slot, name: string) => slots[name] ?? slot);
}

/** JSON that may stand in a `script` element: nothing in it can end the element or begin another one. */
export function embeddedJson(value: unknown): string {
  return safeJson(value).replaceAll('<', String.raw`\u003c`);
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replaceAll(/[&<>"]/g, (char) => entities[char] ?? char);
}
