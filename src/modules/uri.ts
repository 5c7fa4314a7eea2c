import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import { type ShellCommand, sh } from '../base/sh.ts';
import type { Value, Values } from '../base/value.ts';
import { defineModule, type Planned, type PlanContext } from './module.ts';
import { flag, seconds, wholeNumber } from './shared/args.ts';
import { curlConfig } from './shared/curl-config.ts';
import { reasonToSkip } from './shared/unless.ts';

const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const status = wholeNumber('A status.');
const oneLine = z.string().regex(/^[^\n\r]*$/, 'must be one line');

const args = z.strictObject({
  url: z
    .string()
    .regex(/^https?:\/\/\S+$/, 'must be a URL: http or https')
    .describe('Whom to ask.'),
  method: z
    .enum(methods)
    .default('GET')
    .describe('GET, HEAD and OPTIONS only look, so that a dry run sends them, too.'),
  body: z.json().optional().describe('What to send.'),
  body_format: z.enum(['raw', 'json', 'form-urlencoded']).default('raw').describe('How to write the body.'),
  headers: z
    .record(oneLine, z.union([oneLine, z.number()]))
    .optional()
    .describe('Headers of the request.'),
  status_code: z
    .union([status, z.array(status)])
    .default(200)
    .describe('The status that is wanted, or several.'),
  return_content: flag('Put the answer into the member `content` of the result; JSON is in `json` anyway.'),
  timeout: seconds('Give up after so long (default 30).').default(30),
  validate_certs: flag('Check the certificate (default yes).'),
  ca_path: z.string().startsWith('/').optional().describe('Certificates of the host to check with.'),
  client_cert: z.string().startsWith('/').optional().describe('Certificate of the host to show.'),
  client_key: z.string().startsWith('/').optional().describe('Its private key.'),
  url_username: z.string().optional().describe('User of the request.'),
  url_password: z.string().optional().describe('Password of the request.'),
  user: z.string().optional().describe('The same as `url_username`.'),
  password: z.string().optional().describe('The same as `url_password`.'),
  follow_redirects: z
    .union([z.boolean(), z.enum(['all', 'safe', 'none', 'urllib2', 'yes', 'no'])])
    .optional()
    .describe('Follow redirections (default: of GET and HEAD).'),
  unix_socket: z.string().startsWith('/').optional().describe('Connect to this socket.'),
  creates: z.string().optional().describe('Do nothing when this path exists.'),
  removes: z.string().optional().describe('Do nothing when this path does not exist.'),
  force_basic_auth: flag('Accepted; the password is always sent at once.'),
  use_proxy: flag('Accepted; the environment of the task decides.'),
});

type Context = PlanContext<z.output<typeof args>>;
type Args = Context['args'];

/** Requests over HTTP, sent by the host. */
export const uri = defineModule({
  name: 'uri',
  summary: 'Let the host send an HTTP request, with curl, and check the status of the answer.',
  undo: 'Not reversible, unless the task says how with `undo:`; requests that only read change nothing.',
  args,
  examples: [
    { title: 'Is it healthy?', args: { url: 'http://127.0.0.1:8080/healthz', status_code: [200, 204] } },
    {
      title: 'Tell somebody',
      args: { url: 'https://example.com/hook', method: 'POST', body_format: 'json', body: { text: 'done' } },
    },
  ],

  async plan(context) {
    const { host, args: wanted } = context;
    const reason = await reasonToSkip(host, wanted);
    if (reason !== undefined) return { steps: [], message: reason, result: { url: wanted.url } };
    return isLook(wanted) ? look(context) : planRequest(wanted);
  },
});

function isLook({ method }: Args): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

async function look({ host, args: wanted }: Context): Promise<Planned> {
  const timeoutMs = (wanted.timeout + 10) * 1000;
  const command = sh`${curl(wanted)} -w ${String.raw`\n%{http_code} %{content_type}`}`;
  const { exitCode, stdout, stderr } = await host.probe(command, {
    stdin: configOf(wanted),
    timeoutMs,
    unguarded: true,
  });
  if (exitCode !== 0) throw new TaskFailedError(`no answer from ${shown(wanted)}: ${stderr.trim()}`);
  const end = stdout.lastIndexOf('\n');
  const [code = '0', type = ''] = stdout.slice(end + 1).split(' ');
  const content = stdout.slice(0, Math.max(0, end));
  if (!statusOf(wanted).includes(Number(code))) {
    throw new TaskFailedError(`${shown(wanted)} answers with status ${code}, not ${statusOf(wanted).join(' or ')}`, {
      output: content.slice(0, 2000),
    });
  }
  const json = type.includes('json') ? parseJson(content) : undefined;
  const result: Values = {
    url: wanted.url,
    status: Number(code),
    ...(wanted.return_content === true && { content }),
    ...(json !== undefined && { json }),
  };
  return { steps: [], result };
}

/** The answer is the output of the step; nobody knows it while planning. */
function planRequest(wanted: Args): Planned {
  const command = sh`t=$(mktemp) || exit 1
trap 'rm -f "$t"' EXIT
code=$(${curl(wanted)} -o "$t" -w '%{http_code}') || exit
cat "$t"
case " "${statusOf(wanted).join(' ')}" " in *" $code "*) ;; *) echo "the answer has status $code" >&2; exit 1;; esac`;
  return {
    steps: [
      {
        say: `${wanted.method.toLowerCase()} ${shown(wanted)}`,
        do: { kind: 'exec', command, stdin: configOf(wanted) },
      },
    ],
    result: { url: wanted.url },
  };
}

function curl({ method, timeout, validate_certs: validate, follow_redirects: follow }: Args): ShellCommand {
  const isFollowed = follow === undefined || follow === 'safe' ? method === 'GET' || method === 'HEAD' : isYes(follow);
  const options = [
    '-sS',
    ...(method === 'HEAD' ? ['-I'] : ['-X', method]),
    '--max-time',
    timeout,
    ...(validate === false ? ['-k'] : []),
    ...(isFollowed ? ['-L'] : []),
  ];
  return sh`curl ${options} -K -`;
}

function isYes(follow: NonNullable<Args['follow_redirects']>): boolean {
  return follow === true || follow === 'all' || follow === 'yes' || follow === 'urllib2';
}

const types = {
  json: 'application/json',
  'form-urlencoded': 'application/x-www-form-urlencoded',
  raw: undefined,
} as const;

function configOf(wanted: Args): string {
  const { body, body_format: format, headers = {} } = wanted;
  const user = wanted.url_username ?? wanted.user;
  const hasType = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  const type = types[format];
  return curlConfig([
    ['url', wanted.url],
    ...Object.entries(headers).map(([name, value]) => ['header', `${name}: ${value}`] as const),
    ...option('header', hasType || type === undefined || body === undefined ? undefined : `Content-Type: ${type}`),
    ...option('user', user === undefined ? undefined : `${user}:${wanted.url_password ?? wanted.password ?? ''}`),
    ...option('cacert', wanted.ca_path),
    ...option('cert', wanted.client_cert),
    ...option('key', wanted.client_key),
    ...option('unix-socket', wanted.unix_socket),
    ...option('data-raw', body === undefined ? undefined : bodyText(body, format)),
  ]);
}

function option(name: string, value: string | undefined): readonly (readonly [string, string])[] {
  return value === undefined ? [] : [[name, value]];
}

function bodyText(body: Value, format: Args['body_format']): string {
  if (typeof body === 'string') return body;
  if (format !== 'form-urlencoded' || typeof body !== 'object' || body === null) return JSON.stringify(body);
  return new URLSearchParams(
    Object.entries(body).map(([name, value]): [string, string] => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  ).toString();
}

function statusOf({ status_code: wanted }: Args): readonly number[] {
  return [wanted].flat();
}

/** Without what may hold a token. */
function shown({ url }: Args): string {
  return url.replace(/[?#].*$/, '').replace(/\/\/[^/@]*@/, '//');
}

function parseJson(text: string): Value | undefined {
  try {
    const parsed = z.json().safeParse(JSON.parse(text));
    return parsed.data;
  } catch {
    return undefined;
  }
}
