import { readFileSync } from 'node:fs';
import { createConnect } from '../../src/transport/connect.ts';
import type { Connection } from '../../src/base/connection.ts';
import { environmentFor } from './connecting.ts';

// A controller for tests to kill: it holds a connection and one program on it, and says when it has them.
const [settings = '', home = ''] = process.argv.slice(2);
const connection: Connection = JSON.parse(readFileSync(settings, 'utf8'));
const transport = await createConnect(environmentFor(home))(connection);
await transport.start('cat');
process.stdout.write(`${transport.name}\n`);
