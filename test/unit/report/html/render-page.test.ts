import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { joinModules, readPageAssets } from '../../../../src/report/html/page-assets.ts';
import { embeddedJson, renderPage } from '../../../../src/report/html/render-page.ts';
import { bigRun } from '../../../helpers/big-run.ts';
import { recordedRun } from '../../../helpers/recorded-run.ts';
import { reportOf } from '../../../helpers/report-of.ts';

const assets = readPageAssets();

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

test('what is embedded is the same JSON, without a single <', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = embeddedJson(value);

      expect(text).not.toContain('<');
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('the policy of a page allows its own script and style and nothing else', () => {
  const page = renderPage(reportOf(recordedRun), assets);
  const [, script = ''] = /<script type="module">([^]*)<\/script>/.exec(page) ?? [];
  const [, style = ''] = /<style>([^]*)<\/style>/.exec(page) ?? [];

  expect(page).toContain(
    `content="default-src 'none'; script-src 'sha256-${digest(script)}'; style-src 'sha256-${digest(style)}'; img-src data:; base-uri 'none'; form-action 'none'"`,
  );
});

test('a title cannot become markup', () => {
  const report = reportOf(recordedRun);
  const page = renderPage({ ...report, title: '</title><img src=x onerror=alert(1)>' }, assets);

  expect(page).toContain('<title>Failed: &lt;/title&gt;&lt;img src=x onerror=alert(1)&gt; ·');
  expect(page).not.toContain('<img');
});

test('every script of the page is in it', () => {
  const folder = new URL('../../../../src/report/html/page/', import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith('.js'));

  expect(assets.script.split('\n').filter((line) => /^(import|export) /.test(line))).toEqual([]);
  for (const name of names) {
    const [, known = ''] =
      /^(?:export )?(?:async )?(?:function|class) (\w+)/m.exec(readFileSync(new URL(name, folder), 'utf8')) ?? [];
    expect(assets.script, name).toMatch(new RegExp(`^(function|class) ${known}\\b`, 'm'));
  }
  expect(joinModules(["import { a } from './a.js';\nexport function b() {}\n"])).toBe('function b() {}\n');
});

test('500 hosts and 60 tasks make a page of some megabytes', { timeout: 60_000 }, () => {
  const page = renderPage(reportOf(bigRun({ hosts: 500, tasks: 60 })), assets);

  expect(Buffer.byteLength(page)).toBeLessThan(3 << 20);
});
