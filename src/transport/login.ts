import type { AnyAuthMethod, AuthHandlerMiddleware, ParsedKey } from 'ssh2';

import { UnreachableError } from '../base/errors.ts';
import { listAgentKeys, OneKeyAgent, type AgentKeys } from './agent.ts';
import type { LoginAttempts, LoginNote } from './explain.ts';
import { describeKey } from './fingerprint.ts';
import type { KeyFile, PrivateKeys } from './private-keys.ts';
import type { Target } from './target.ts';

/** One way to log in that has not been tried yet. */
interface Candidate {
  /** SSH's name of the method (RFC 4252). */
  readonly method: 'none' | 'publickey' | 'password' | 'keyboard-interactive';
  readonly label: string;
  readonly attempt: AnyAuthMethod;
}

/**
 * One login on one host: gives ssh2 one method after the other, each once, and remembers them for the error message.
 * The order is OpenSSH's: the key the inventory names, keys of the agent, key files, the password.
 */
export class Login implements LoginAttempts {
  readonly tried: string[] = [];
  readonly notes: LoginNote[];
  #accepted: readonly string[] = [];
  #left: readonly Candidate[];
  #last: Candidate | undefined;

  private constructor(candidates: readonly Candidate[], notes: readonly LoginNote[]) {
    this.#left = candidates;
    this.notes = [...notes];
  }

  /** @throws UnreachableError when the key the inventory names cannot be used. */
  static async prepare(target: Target, keys: PrivateKeys): Promise<Login> {
    const notes: LoginNote[] = [];
    const candidates = [...(await keyCandidates(target, keys, notes)), ...passwordCandidates(target)];
    return new Login(candidates.length > 0 ? candidates : [nothing(target)], notes);
  }

  get accepted(): readonly string[] {
    return this.#accepted;
  }

  /** ssh2's authHandler: the next thing to try, or false when there is nothing left. */
  readonly next: AuthHandlerMiddleware = (accepted: readonly string[] | null, isPartial: boolean | null) => {
    if (accepted !== null) this.#accepted = accepted;
    const passwordWasRefused = this.#last?.method === 'password' && isPartial !== true && this.#accepts('password');
    // Both methods ask for the same password: the same wrong one a second time would only bring a lock-out nearer.
    if (passwordWasRefused) this.#left = this.#left.filter(({ method }) => method !== 'keyboard-interactive');

    const candidate = this.#left.find(({ method }) => accepted === null || this.#accepts(method));
    this.#left = this.#left.filter((other) => other !== candidate);
    this.#last = candidate;
    if (candidate !== undefined && candidate.method !== 'none') this.tried.push(candidate.label);
    return candidate?.attempt ?? false;
  };

  #accepts(method: string): boolean {
    return this.#accepted.includes(method);
  }
}

async function keyCandidates(target: Target, keys: PrivateKeys, notes: LoginNote[]): Promise<Candidate[]> {
  const { agent, ownIdentityFile, passphrase } = target;
  const load = (path: string): Promise<KeyFile> => keys.load(path, passphrase);
  const noKeys: AgentKeys = { keys: [] };
  const [held, own, files] = await Promise.all([
    agent === undefined ? noKeys : listAgentKeys(agent),
    ownIdentityFile === undefined ? undefined : load(ownIdentityFile),
    Promise.all(target.identityFiles.map(load)),
  ]);
  if (held.problem !== undefined) notes.push({ text: held.problem });
  const inAgent = (file: KeyFile): ParsedKey | undefined =>
    held.keys.find((key) => file.publicKey !== undefined && key.getPublicSSH().equals(file.publicKey));

  const present = files.filter(({ isMissing }) => !isMissing);
  const agentFirst = present.map(inAgent).filter((key) => key !== undefined);
  const agentRest = target.identitiesOnly ? [] : held.keys;
  const ownKey = own === undefined ? [] : [fromFile(target, own, inAgent(own), notes)];
  if (own !== undefined && ownKey[0] === undefined) throw unusableKey(own);
  const candidates = [
    ...ownKey,
    ...[...agentFirst, ...agentRest].map((key) => fromAgent(target, key)),
    ...present.map((file) => fromFile(target, file, inAgent(file), notes)),
  ].filter((candidate) => candidate !== undefined);
  return candidates.filter(({ label }, i) => candidates.findIndex((other) => other.label === label) === i);
}

function unusableKey({ path, problem }: KeyFile): UnreachableError {
  const hints = {
    openssh: "Set `ansible_connection: openssh` for this host: security keys need the system's ssh.",
    passphrase: `Add the key to the agent with \`ssh-add ${path}\`, or give its passphrase in the inventory.`,
  };
  return new UnreachableError(`the private key cannot be used: ${problem?.text ?? path}`, {
    hint: problem?.cure === undefined ? 'Correct `ansible_ssh_private_key_file`.' : hints[problem.cure],
  });
}

function fromFile(
  target: Target,
  { path, key, problem }: KeyFile,
  inAgent: ParsedKey | undefined,
  notes: LoginNote[],
): Candidate | undefined {
  if (inAgent !== undefined) return fromAgent(target, inAgent);
  if (problem !== undefined) notes.push(problem);
  if (key === undefined) return undefined;
  const attempt = { type: 'publickey', username: target.user, key } as const;
  return { method: 'publickey', label: `the key ${path} (${describeKey(key.getPublicSSH())})`, attempt };
}

function fromAgent({ agent = '', user }: Target, key: ParsedKey): Candidate {
  const attempt = { type: 'agent', username: user, agent: new OneKeyAgent(agent, key) } as const;
  return { method: 'publickey', label: `the agent's key ${describeKey(key.getPublicSSH())}`, attempt };
}

function passwordCandidates({ user: username, password }: Target): Candidate[] {
  if (password === undefined) return [];
  const answer = password.reveal();
  let isAnswered = false;
  return [
    { method: 'password', label: 'the password', attempt: { type: 'password', username, password: answer } },
    {
      method: 'keyboard-interactive',
      label: 'the password (keyboard-interactive)',
      attempt: {
        type: 'keyboard-interactive',
        username,
        // A hidden first question is taken to be for the password; a one-time code we cannot know.
        prompt: (_name, _instructions, _language, prompts, finish) => {
          const asked = isAnswered ? -1 : prompts.findIndex(({ echo }) => echo !== true);
          if (asked >= 0) isAnswered = true;
          finish(prompts.map((_, i) => (i === asked ? answer : '')));
        },
      },
    },
  ];
}

/** Tells us at least what the host would take; and there are hosts that let anybody in. */
function nothing({ user: username }: Target): Candidate {
  return { method: 'none', label: 'nothing', attempt: { type: 'none', username } };
}
