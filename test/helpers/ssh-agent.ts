import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TestAgent {
  readonly socket: string;
  add(privateKeyFile: string): Promise<void>;
  stop(): void;
}

/** Starts an ssh-agent whose socket is in `folder`. */
export async function startAgent(folder: string): Promise<TestAgent> {
  const socket = join(folder, 'agent.sock');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => agent.stdout.once('data', resolve));
  return {
    socket,
    add: async (file) => void (await run('ssh-add', ['-q', file], { env: { ...process.env, SSH_AUTH_SOCK: socket } })),
    stop: () => void agent.kill(),
  };
}
