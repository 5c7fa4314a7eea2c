import { join } from 'node:path';

import { Command } from 'commander';

import { allBases, buildBase } from './build.ts';
import { startDelay } from './delay.ts';
import { Lab } from './lab.ts';
import { whyNoRootless } from './machine.ts';
import { enterRootless } from './rootless.ts';
import { runInForeground } from './run.ts';
import { LabError } from './settings.ts';

const lab = new Lab();
const program = new Command('lab')
  .description(`Drives a fleet of real hosts in namespaces of this machine; see test/lab/README.md.
The environment: LAB (name of the lab, "lab"), LAB_STATE (.lab), LAB_CACHE (/var/cache/k3sbox-lab).`)
  .enablePositionalOptions()
  .showHelpAfterError();

const base = ['-b, --base <base>', `what the nodes are: ${allBases().join(', ')} (default: forky+ctd)`] as const;
const light = ['-l, --light', 'sshd is PID 1, there is no systemd'] as const;
interface NodeFlags {
  readonly base?: string;
  readonly light?: boolean;
}

program
  .command('up')
  .description('make or boot the nodes n1..nCOUNT, and wait for all of them')
  .argument('<count>', 'number of nodes', Number)
  .option(...base)
  .option(...light)
  .action((count: number, flags: NodeFlags) => lab.up(count, flags));
program
  .command('new')
  .description('make one node')
  .argument('<name>')
  .argument('[base]')
  .option(...light)
  .action((name: string, kind: string | undefined, flags: NodeFlags) =>
    lab.new(name, { ...flags, ...(kind !== undefined && { base: kind }) }),
  );
program
  .command('start <name>')
  .description('boot a node that is off')
  .action((name: string) => lab.start(name));
program
  .command('kill <name>')
  .description('cut the power of a node')
  .action((name: string) => lab.kill(name));
program
  .command('freeze <name>')
  .description('hang a node: nothing answers, connections stay')
  .action((name: string) => lab.freeze(name));
program
  .command('thaw <name>')
  .description('let a frozen node go on')
  .action((name: string) => lab.thaw(name));
program
  .command('link <name> <up|down>')
  .description("put a node's network cable in, or pull it")
  .action((name: string, state: string) => {
    if (state !== 'up' && state !== 'down') throw new LabError(`a cable is up or down, not ${state}`);
    return lab.link(name, state);
  });
program
  .command('ssh')
  .description('log in to a node, or run a command there')
  .argument('<name>')
  .argument('[command...]')
  .option('-u, --user <user>', 'root, ops or opspw', 'ops')
  .passThroughOptions()
  .action((name: string, command: string[], { user }: { user: string }) =>
    foreground([...lab.sshCommand(name, user), ...command]),
  );
program
  .command('sh')
  .description("run a program in the fleet's network, where a controller would be; a shell by default")
  .argument('[command...]')
  .passThroughOptions()
  .action((command: string[]) => foreground(lab.inHub(command.length > 0 ? command : [process.env['SHELL'] ?? 'sh'])));
program
  .command('k3sbox')
  .description("run the built k3sbox in the fleet's network")
  .argument('<args...>')
  .passThroughOptions()
  .allowUnknownOption()
  .helpOption(false)
  .action((args: string[]) =>
    foreground(lab.inHub([process.execPath, join(import.meta.dirname, '../../dist/cli/main.js'), ...args])),
  );
program.command('ls').description('list the nodes: name, address, base, up|frozen|off').action(list);
program
  .command('ip <name>')
  .description("print a node's address")
  .action((name: string) => print(lab.address(name)));
program
  .command('inventory')
  .description('print an inventory of what is up')
  .option('-u, --user <user>', 'root, ops or opspw', 'ops')
  .option('--delayed', 'with the addresses of "lab delay"')
  .action(async (flags: { user: string; delayed?: boolean }) => print((await lab.inventoryYaml(flags)).trimEnd()));
program
  .command('delay')
  .description('make the way to all nodes that are up longer, until interrupted; for "inventory --delayed"')
  .argument('<rtt-ms>', 'round trip in milliseconds', Number)
  .action(async (rttMs: number) => {
    const { ended } = await startDelay(lab, rttMs);
    print(`the way to all nodes takes ${rttMs} ms and back; stop with Ctrl-C`);
    await ended;
  });
program
  .command('down')
  .description('remove some nodes, or the whole lab')
  .argument('[name...]')
  .option('--all', 'all labs of this clone')
  .action(async (names: string[], { all = false }: { all?: boolean }) => {
    for (const each of all ? Lab.all() : [lab]) await each.down(names);
  });
program
  .command('build')
  .description('build what is not in the cache; all bases by default')
  .argument('[base...]')
  .action(async (names: string[]) => {
    for (const name of names.length > 0 ? names : allBases()) await buildBase(name);
  });
program
  .command('rootless')
  .description('run a program as root of a user namespace, without root here; the lab in there has light nodes')
  .argument('<command...>')
  .passThroughOptions()
  .action(async (command: string[]) => {
    const why = whyNoRootless();
    if (why !== undefined) throw new LabError(why);
    process.exitCode = await enterRootless(lab, command);
  });

async function list(): Promise<void> {
  const rows = (await lab.nodes()).map((node) => [
    node.name.padEnd(10),
    node.address.padEnd(14),
    node.base.padEnd(14),
    node.status,
  ]);
  if (rows.length > 0) print(rows.map((row) => row.join(' ')).join('\n'));
}

async function foreground(argv: readonly string[]): Promise<void> {
  process.exitCode = await runInForeground(argv);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  process.stderr.write(`lab: ${error.message}\n`);
  process.exitCode = 1;
}
