import { expect, test } from 'vitest';

import { uri } from '../../../src/modules/uri.ts';
import { planModule } from '../../helpers/plan-module.ts';

const url = 'http://127.0.0.1:8080/state?token=secret';
const answer = (stdout: string, exitCode = 0) => ({ probes: [{ when: 'curl', stdout, exitCode }] });

test('a look gives status and JSON', async () => {
  const host = answer('{"ready": true}\n200 application/json');

  expect(await planModule(uri, { url, return_content: true }, { host })).toEqual({
    steps: [],
    result: { url, status: 200, content: '{"ready": true}', json: { ready: true } },
  });
});

test.each([
  ['nope\n404 text/plain', 0, {}, 'http://127.0.0.1:8080/state answers with status 404, not 200'],
  ['\n500 text/plain', 0, { status_code: [200, '204'] }, 'answers with status 500, not 200 or 204'],
  ['', 7, {}, 'no answer from http://127.0.0.1:8080/state'],
])('%j is an error', async (stdout, exitCode, args, message) => {
  await expect(planModule(uri, { url, ...args }, { host: answer(stdout, exitCode) })).rejects.toThrow(message);
});

test('a request that changes something is a step, with everything secret in its input', async () => {
  const args = { url, method: 'POST' as const, body: { a: 'x\ny' }, body_format: 'json' as const, status_code: 201 };

  const { steps } = await planModule(uri, args);

  expect(steps).toMatchObject([{ say: 'post http://127.0.0.1:8080/state' }]);
  expect(steps[0]?.do).toMatchObject({
    stdin: `url = "${url}"\nheader = "Content-Type: application/json"\ndata-raw = "{\\"a\\":\\"x\\\\ny\\"}"\n`,
  });
  const op = steps[0]?.do;
  expect(op?.kind === 'exec' && op.command.text).not.toContain('secret');
});

test.each([
  [{ body: { a: 'b c', d: 1 }, body_format: 'form-urlencoded' as const }, 'data-raw = "a=b+c&d=1"'],
  [{ body: 'as it is' }, 'data-raw = "as it is"'],
  [{ headers: { 'content-type': 'text/x' }, body: 1, body_format: 'json' as const }, 'header = "content-type: text/x"'],
  [{ url_username: 'me', url_password: 'pw' }, 'user = "me:pw"'],
])('%j is sent as %s', async (args, line) => {
  const { steps } = await planModule(uri, { url, method: 'PUT', ...args });
  const op = steps[0]?.do;

  expect(op?.kind === 'exec' && op.stdin?.split('\n')).toContain(line);
});
