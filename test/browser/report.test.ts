import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { RunEvent } from '../../src/base/event.ts';
import { readPageAssets } from '../../src/report/html/page-assets.ts';
import { renderPage } from '../../src/report/html/render-page.ts';
import type { RunFacts } from '../../src/report/html/run-report.ts';
import { bigRun } from '../helpers/big-run.ts';
import { buildCli } from '../helpers/built-cli.ts';
import { on, recordedRun } from '../helpers/recorded-run.ts';
import { reportOf } from '../helpers/report-of.ts';
import { findProgram } from '../lab/machine.ts';

let browser: Browser;
let folder: string;
let page: Page;
/** What the page asked for, and what it complained about. */
let requests: string[];
let complaints: string[];

beforeAll(async () => {
  const executablePath = findProgram('chromium');
  if (executablePath === undefined) throw new Error('chromium is missing; as root: apt-get install chromium');
  // Its sandbox does not work for root.
  browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
});

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'k3sbox-browser-'));
  requests = [];
  complaints = [];
  page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
});

afterEach(async () => {
  await page.close();
  rmSync(folder, { recursive: true });
});

/** Opens a page that is a file, and waits until it has drawn itself. Returns how many milliseconds that took it. */
async function openFile(file: string, fragment = ''): Promise<number> {
  await page.goto(`${pathToFileURL(file).href}${fragment}`);
  const ready = await page.locator('html[data-ready]').getAttribute('data-ready');
  return Number(ready);
}

async function open(events: readonly RunEvent[], fragment = '', facts: Partial<RunFacts> = {}): Promise<number> {
  const file = join(folder, 'report.html');
  writeFileSync(file, renderPage(reportOf(events, facts), readPageAssets()));
  return openFile(file, fragment);
}

function rows(): Promise<string[]> {
  return page.locator('#matrix .row .name').allInnerTexts();
}

describe('the page of a run', () => {
  test('asks for nothing but itself, and complains about nothing', async () => {
    await open(recordedRun);

    expect(await page.locator('#headline').innerText()).toMatch(
      /site\.yaml\s+Failed — A task failed on a host \(exit code 5\)\./,
    );
    expect(await page.locator('#stories').innerText()).toContain('start k3s exited with 127 (command not found)');
    expect(requests).toEqual([pathToFileURL(join(folder, 'report.html')).href]);
    expect(complaints).toEqual([]);
  });

  test('of 500 hosts and 60 tasks is there at once', async () => {
    const readyMs = await open(bigRun({ hosts: 500, tasks: 60 }));
    const { size } = { size: readFileSync(join(folder, 'report.html')).length };

    process.stdout.write(`500 hosts, 60 tasks: ${(size / 2 ** 20).toFixed(1)} MiB, interactive after ${readyMs} ms\n`);
    expect(await page.locator('#matrix .body > p').first().innerText()).toBe(
      '500 hosts × 60 tasks, in 3 groups that ended alike',
    );
    expect(await rows()).toEqual([
      expect.stringMatching(/unreachable\s+5 hosts/),
      expect.stringMatching(/rolled back\s+12 hosts/),
      expect.stringMatching(/ok\s+483 hosts/),
    ]);
    // Two seconds are the aim; the machine of the tests has other things to do.
    expect(readyMs).toBeLessThan(8000);
    expect(size).toBeLessThan(10 << 20);
    expect(complaints).toEqual([]);
  });

  test('shows only those rows that are in sight', async () => {
    await open(bigRun({ hosts: 500, tasks: 12 }));
    await page.locator('#matrix .name', { hasText: '483 hosts' }).click();

    expect(await page.locator('#matrix .grid').getAttribute('aria-rowcount')).toBe('487');
    expect(await page.locator('#matrix .row').count()).toBeLessThan(80);
    await page.locator('#matrix .name', { hasText: '483 hosts' }).press('Control+End');
    await page.locator('#matrix .row[data-row="485"]').waitFor();
    expect(await page.locator('#matrix .row').count()).toBeLessThan(80);
  });

  test('says that its journal is not whole', async () => {
    await open(recordedRun.slice(0, 20), '', { damaged: 2, isCutShort: true });
    const text = await page.locator('#headline').innerText();

    expect(text).toContain('Stopped in the middle — The run never came to its end');
    expect(text).toContain('The journal ends in the middle of a line');
    expect(text).toContain('2 lines of the journal cannot be read');
  });

  test('of a run that did nothing still opens', async () => {
    await open([]);

    expect(await page.locator('#headline h1').innerText()).toBe('site.yaml');
    expect(complaints).toEqual([]);
  });
});

describe('filters', () => {
  test('narrow down what is shown, and live in the address', async () => {
    await open(recordedRun);
    await page.getByLabel('host', { exact: true }).fill('n1,n3');

    expect(await rows()).toEqual([expect.stringContaining('n3'), expect.stringContaining('n1')]);
    expect(new URL(page.url()).hash).toBe('#host=n1,n3');
    await page.getByRole('button', { name: /^failed/ }).click();
    expect(await rows()).toEqual([expect.stringContaining('n3')]);
    expect(await page.locator('#matrix .task').allInnerTexts()).toEqual(['Start K3s']);
    expect(new URL(page.url()).hash).toBe('#host=n1,n3&status=failed');
    await page.getByRole('button', { name: 'show all' }).click();
    expect(await rows()).toHaveLength(3);
  });

  test('come back with a link', async () => {
    await open(recordedRun, '#task=config&status=changed');

    expect(await rows()).toEqual([expect.stringContaining('2 hosts')]);
    expect(await page.getByLabel('task', { exact: true }).inputValue()).toBe('config');
    expect(await page.locator('#changes .card').allInnerTexts()).toEqual([expect.stringContaining('Write the config')]);
  });

  test('that leave nothing say so', async () => {
    await open(recordedRun, '#host=nobody');

    expect(await page.locator('#matrix').innerText()).toContain('No host is left by these filters.');
  });
});

describe('the keyboard', () => {
  test('moves through the results, opens one, and comes back', async () => {
    await open(recordedRun);
    await page.locator('#matrix [tabindex="0"]').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    const cell = page.locator('#matrix .cell:focus');
    expect(await cell.getAttribute('aria-label')).toBe('n3, Start K3s: failed');

    await page.keyboard.press('Enter');
    const panel = page.getByRole('dialog', { name: 'Start K3s' });
    expect(await panel.innerText()).toContain('systemctl: not found');
    await page.keyboard.press('Escape');
    expect(await panel.isVisible()).toBe(false);
    expect(await cell.getAttribute('aria-label')).toBe('n3, Start K3s: failed');
  });

  test('reaches everything that can be done, from the top', async () => {
    await open(recordedRun);
    const reached = new Set<string>();
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press('Tab');
      reached.add(String(await page.evaluate('document.activeElement.closest("section, nav, #filters")?.id')));
    }

    expect([...reached]).toEqual(
      expect.arrayContaining(['sections', 'stories', 'next', 'filters', 'matrix', 'timeline', 'changes', 'slowest']),
    );
  });

  test('opens a host of the timeline', async () => {
    await open(recordedRun);
    await page.locator('#timeline .lanes [tabindex="0"]').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');

    expect(await page.getByRole('dialog').getByRole('heading', { level: 2 }).innerText()).toBe('n3');
  });
});

test('the timeline zooms to a wave', async () => {
  await open(bigRun({ hosts: 50, tasks: 12 }));
  await page.getByRole('button', { name: 'Put nodes into service 2/5' }).first().click();

  expect(new URL(page.url()).hash).toBe('#zoom=0.3');
  expect(await page.locator('#timeline .lanes .lane').count()).toBe(10);
  expect(await page.locator('#timeline .lanes .bar').count()).toBeGreaterThan(10);
});

test('a change shows its diff when it is opened', async () => {
  await open(recordedRun);
  await page.locator('#changes summary', { hasText: 'Write the config' }).click();

  expect(await page.locator('#changes .diff .added').allInnerTexts()).toEqual([expect.stringContaining('+b')]);
  expect(await page.locator('#changes .diff .removed').allInnerTexts()).toEqual([expect.stringContaining('-a')]);
});

test.each(['light', 'dark'] as const)(
  'every mark and word is readable on its ground when it is %s',
  async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await open(recordedRun);
    const weak: unknown = await page.evaluate(`(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d');
    const light = (colours) => {
      canvas.fillStyle = getComputedStyle(document.body).backgroundColor;
      canvas.fillRect(0, 0, 1, 1);
      for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
      const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const grounds = (e) => (e === null ? [] : [...grounds(e.parentElement), getComputedStyle(e).backgroundColor]);
    return [...document.querySelectorAll('.chip, .mark, .tile, strong, .error, .quiet, .words, dt, .cell, summary, button, a')]
      .filter((e) => e.checkVisibility() && !e.classList.contains('dim'))
      .map((e) => {
        const [a, b] = [light(grounds(e)), light([...grounds(e), getComputedStyle(e).color])].toSorted();
        return [e.className || e.localName, e.textContent.slice(0, 20), (b + 0.05) / (a + 0.05)];
      })
      .filter(([, , ratio]) => ratio < 4.5);
  })()`);

    expect(weak).toEqual([]);
  },
);

describe('what hosts print', () => {
  const evil = '</script><script>window.owned = 1</script><img src=x onerror="window.owned = 1">';
  const turned = '\u202egnp.exe\u2066 \u05d0\u05d1\u05d2';
  const events: readonly RunEvent[] = [
    { type: 'run-started', run: 'r', mode: 'run', title: evil, hosts: [evil, 'n2'] },
    { type: 'play-started', play: evil, hosts: [evil, 'n2'] },
    { type: 'task-output', ...on(evil, 'a', evil), stream: 'stdout', text: `${'x'.repeat(1 << 20)}\n${evil}\n` },
    {
      type: 'task-ended',
      ...on(evil, 'a', evil),
      module: evil,
      status: 'failed',
      elapsedMs: 5,
      message: evil,
      item: evil,
      steps: [{ say: evil, reversible: true, diff: { of: evil, before: evil, after: `${evil}\u001b[31m${turned}` } }],
      error: {
        code: 'task-failed',
        message: `${evil}\u001b[31mred`,
        command: evil,
        output: `${evil}\n${turned}`,
        hint: evil,
      },
    },
    { type: 'rollback-started', host: evil, steps: 1 },
    { type: 'undo-done', host: evil, step: '1', say: evil, error: { code: 'rollback-failed', message: evil } },
    { type: 'rollback-ended', host: evil, undone: 0, failed: 1 },
    { type: 'warning', host: evil, message: evil, hint: evil },
    { type: 'run-finished', run: 'r', exitCode: 6, hosts: {} },
  ];

  test('is text and nothing else', async () => {
    await open(events, '', { cwd: evil, extraVars: { [evil]: evil } });
    await page.locator('#matrix .cell.k-failed').click();
    for (const summary of await page.locator('#changes summary').all()) await summary.click();

    expect(await page.evaluate('window.owned')).toBeUndefined();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(2);
    expect(await page.getByRole('dialog').innerText()).toContain(evil);
    expect(requests).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  test('neither colours nor turns what stands around it, and no line is endless', async () => {
    await open(events);
    await page.getByText('everything it printed').click();
    const text = await page.locator('body').innerText();

    // oxlint-disable-next-line no-control-regex -- control characters are the subject
    expect(text).not.toMatch(/[\u001b\u202a-\u202e\u2066-\u2069]/);
    expect(text).toMatch(/xxx… \(\d{5} characters\)/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(5000);
  });
});

test('a real run that fails is told with the output of the task that failed', async () => {
  const cli = await buildCli();
  try {
    const host = `{ansible_connection: local, k3sbox_state_folder: ${folder}/state}`;
    writeFileSync(join(folder, 'hosts.yaml'), `all: {hosts: {n1: ${host}}}\n`);
    writeFileSync(join(folder, 'motd'), 'before\n');
    const tasks = [
      `    - name: Write it\n      copy: {dest: ${folder}/motd, content: "after\\n"}`,
      `    - name: Break\n      shell: echo "the disk is on fire"; exit 3`,
    ];
    writeFileSync(join(folder, 'site.yaml'), `- name: Try\n  hosts: n1\n  tasks:\n${tasks.join('\n')}\n`);
    expect(await cli.run(folder, 'run', 'site.yaml', '-i', 'hosts.yaml')).toMatchObject({ exitCode: 5 });
    const report = await cli.run(folder, 'report', '--last', '-o', 'out.html');
    expect(report).toEqual({
      exitCode: 0,
      stdout: `${folder}/out.html\nbeside it: out.json, out.junit.xml\n`,
      stderr: '',
    });
    await openFile(join(folder, 'out.html'));

    const story = await page.locator('#stories').innerText();
    expect(story).toContain('the disk is on fire');
    expect(story).toContain(`write ${folder}/motd`);
    expect(await page.locator('#matrix .cell:not(.name)').allInnerTexts()).toEqual(['↶', '×']);
    expect(complaints).toEqual([]);
    expect(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'))).toMatchObject({
      exitCode: 5,
      hosts: { n1: { status: 'rolled-back', changed: 1, failed: 1 } },
      stories: [{ hosts: ['n1'], task: 'Break' }],
    });
    expect(readFileSync(join(folder, 'out.junit.xml'), 'utf8')).toContain('tests="2" failures="1"');
  } finally {
    cli.remove();
  }
});
