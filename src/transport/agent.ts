import ssh2, { type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';

import { messageOf } from './system-error.ts';

/** An agent that does not answer must not hold up a login that needs no agent. */
const patienceMs = 3000;

export interface AgentKeys {
  readonly keys: readonly ParsedKey[];
  readonly problem?: string;
}

/** The keys of the ssh-agent at a socket, or why there are none: a dead agent is no reason to give up. */
export async function listAgentKeys(socket: string): Promise<AgentKeys> {
  try {
    return { keys: await identities(new ssh2.OpenSSHAgent(socket)) };
  } catch (error) {
    return { keys: [], problem: `the agent at ${socket} does not answer (${messageOf(error)})` };
  }
}

function identities(agent: ssh2.OpenSSHAgent): Promise<ParsedKey[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('time limit')), patienceMs);
    agent.getIdentities((error, keys) => {
      clearTimeout(timer);
      if (error) reject(error);
      // An OpenSSH agent gives parsed keys; the type allows for the forms that agents of other kinds give.
      else resolve((keys ?? []).filter((key): key is ParsedKey => typeof key === 'object' && 'getPublicSSH' in key));
    });
  });
}

/** Shows ssh2 a single key of an agent, so that keys are offered in our order and each is accounted for. */
export class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: ssh2.OpenSSHAgent;
  readonly #key: ParsedKey;

  constructor(socket: string, key: ParsedKey) {
    super();
    this.#agent = new ssh2.OpenSSHAgent(socket);
    this.#key = key;
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(undefined, [this.#key]);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    done?: SignCallback,
  ): void {
    if (typeof options === 'function') this.#agent.sign(key, data, options);
    else this.#agent.sign(key, data, options, done);
  }
}
