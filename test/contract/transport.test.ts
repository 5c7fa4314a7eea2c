import { afterAll, describe } from 'vitest';

import type { Connection } from '../../src/base/connection.ts';
import { createConnect } from '../../src/transport/connect.ts';
import { environmentFor } from '../helpers/connecting.ts';
import { noDropbear, startDropbear, startSshd } from '../helpers/sshd.ts';
import { describeTransport } from './transport.contract.ts';

const sshd = await startSshd();
const dropbear = noDropbear === undefined ? await startDropbear() : undefined;
afterAll(async () => {
  await sshd.stop();
  await dropbear?.stop();
});
const connect = createConnect(environmentFor(sshd.folder));
const over = (transport: Connection['transport']) => () => connect(sshd.connection({ transport }));

describeTransport('ssh2', over('ssh2'), { breakConnection: sshd.dropConnections });
describeTransport('openssh', over('openssh'), { breakConnection: sshd.dropConnections, tellsSignals: false });
describeTransport('local', over('local'));

describe.skipIf(dropbear === undefined)(
  `over dropbear${noDropbear === undefined ? '' : `, skipped: ${noDropbear}`}`,
  () => {
    if (dropbear === undefined) return;
    describeTransport('ssh2', () => connect(dropbear.connection()), {
      breakConnection: dropbear.dropConnections,
      isOldDropbear: true,
    });
  },
);
