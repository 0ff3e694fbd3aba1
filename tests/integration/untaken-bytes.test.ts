import { describe, expect, it } from '@jest/globals';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { readSendQueues, sendQueueName } from '../../gateway/transports/read-send-queues.ts';
import { createUntakenBytes } from '../../gateway/transports/untaken-bytes.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { eventually } from '../support/eventually.ts';

interface Pair extends AsyncDisposable {
  /** The server's side. */
  readonly here: Socket;
  /** The client's side, of which nothing is read. */
  readonly there: Socket;
}

async function openPair(listenOn: string, connectTo: string): Promise<Pair> {
  const server = createServer();
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  await new Promise<void>((resolve) => server.listen(0, listenOn, resolve));
  const there = connect({ host: connectTo, port: (server.address() as AddressInfo).port });
  const here = await accepted;
  for (const socket of [here, there]) socket.on('error', () => undefined);
  return {
    here,
    there,
    async [Symbol.asyncDispose]() {
      here.destroy();
      there.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Elsewhere the system tells nothing. */
const onLinux = process.platform === 'linux' ? it : it.skip;

describe('what the system holds to be sent to a client', () => {
  onLinux('is read for a connection, and is nothing once the client has taken it', async () => {
    await using pair = await openPair('127.0.0.1', '127.0.0.1');
    const waiting = async (): Promise<number> => (await readSendQueues()).get(sendQueueName(pair.here) ?? '') ?? 0;

    for (let n = 0; n < 6; n += 1) pair.here.write(Buffer.alloc(100_000));
    await eventually(() => pair.here.writableLength === 0, 2_000, 5);

    expect(await waiting()).toBeGreaterThan(50_000);
    pair.there.resume();
    await eventually(async () => (await waiting()) === 0, 2_000, 10);
  });

  it.each([
    ['127.0.0.1', '10.1.2.3', '0100007F:1F90 0302010A:0050'],
    ['::1', '2001:db8::ff00:42:8329', '00000000000000000000000001000000:1F90 B80D01200000000000FF000029834200:0050'],
    ['fe80::1%eth0', 'fe80::2', '000080FE000000000000000001000000:1F90 000080FE000000000000000002000000:0050'],
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1', '0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:0050'],
  ])('is found for %s and %s', (localAddress, remoteAddress, name) => {
    const socket = { localAddress, localPort: 8_080, remoteAddress, remotePort: 80 } as Socket;

    expect(sendQueueName(socket)).toBe(name); // on a machine with the little end first
  });

  it('is nothing where the system tells nothing', async () => {
    expect((await readSendQueues(['/proc/nothing'])).size).toBe(0);
    expect(sendQueueName({} as Socket)).toBeUndefined();
  });
});

/** A socket by which so much was sent, and what of it waits. */
interface Account {
  bytesWritten: number;
  waiting: number;
}

async function watch(change: (account: Account) => void): Promise<{ stalled: () => boolean; looks: () => number; unwatch: () => void }> {
  const account: Account = { bytesWritten: 1_000, waiting: 100 };
  const socket = { localAddress: '127.0.0.1', localPort: 1, remoteAddress: '127.0.0.1', remotePort: 2, writableLength: 0 };
  let [stalled, looks] = [false, 0];
  const readQueues = async (): Promise<Map<string, number>> => {
    looks += 1;
    change(account);
    return new Map([[sendQueueName(socket as Socket) ?? '', account.waiting]]);
  };
  const untaken = createUntakenBytes({ stallMs: 100, logger: silentLogger, readQueues });
  const live = Object.defineProperty({ ...socket }, 'bytesWritten', { get: () => account.bytesWritten }) as Socket;
  const unwatch = untaken.watch(live, () => (stalled = true));
  return { stalled: () => stalled, looks: () => looks, unwatch };
}

describe('a client for which bytes wait', () => {
  it.each([
    ['nothing moves', () => undefined],
    ['ever more is sent and none of it taken', (account: Account) => void ((account.waiting += 3), (account.bytesWritten += 3))],
  ])('is given up when %s', async (_what, change) => {
    const { stalled, looks } = await watch(change);

    await eventually(stalled, 2_000, 5);

    const seen = looks();
    await expect(eventually(() => looks() > seen, 200, 20)).rejects.toThrow(); // with nobody to watch, nothing is looked at
  });

  it.each([
    ['it takes some of them', (account: Account) => void (account.bytesWritten += 1)],
    ['all of them were taken now and then', (account: Account) => void (account.waiting = account.waiting === 0 ? 100 : 0)],
  ])('is kept while %s', async (_what, change) => {
    const { stalled, looks, unwatch } = await watch(change);

    await eventually(() => looks() > 16, 5_000, 5);

    expect(stalled()).toBe(false);
    unwatch();
  });
});
