import { expect, test } from 'vitest';

import { template } from '../../../src/modules/template.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const files = { 'app.conf.hbs': 'port = {{port}}\n' };
const vars = { port: 8080 };

test('the rendered text is what is compared and written', async () => {
  const args = { src: 'app.conf.hbs', dest: '/etc/app.conf', mode: '0640' };

  const { steps } = await planModule(template, args, { files, vars });

  expect(steps).toEqual([
    {
      say: 'write /etc/app.conf (mode 640)',
      do: { kind: 'file', path: '/etc/app.conf', content: { from: 'text', text: 'port = 8080\n' }, mode: '640' },
      diff: { of: '/etc/app.conf', before: '', after: 'port = 8080\n' },
    },
  ]);
});

test('the text is there already: nothing to do', async () => {
  const host = { files: { '/etc/app.conf': 'port = 8080\n' } };

  expect(
    await saysOf(planModule(template, { src: 'app.conf.hbs', dest: '/etc/app.conf' }, { host, files, vars })),
  ).toEqual([]);
});

test('a folder gets a file of the same name, with the mode of the source', async () => {
  const { steps } = await planModule(
    template,
    { src: 'app.conf.hbs', dest: '/etc/', mode: 'preserve' },
    { files, vars },
  );

  expect(steps[0]?.do).toMatchObject({ path: '/etc/app.conf.hbs', mode: '640' });
});

test('a missing variable is named with its place in the template', async () => {
  const planned = planModule(template, { src: 'app.conf.hbs', dest: '/etc/app.conf' }, { files });

  await expect(planned).rejects.toMatchObject({
    diagnostics: [{ span: { file: 'files/app.conf.hbs', line: 1 }, message: expect.stringContaining('port') }],
  });
});

test.each([
  ['broken.hbs', { 'broken.hbs': 'a {{#if}} b' }],
  ['nope.hbs', {}],
])('%s is refused before a host is touched', async (src, sources) => {
  const context = { args: { src, dest: '/a' }, at: { file: 'a', line: 1, column: 1, length: 1 } };

  await expect(planModule(template, context.args, { files: sources })).rejects.toMatchObject({ code: 'config' });
});
