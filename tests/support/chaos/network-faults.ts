import { pause } from '../../../platform/foundation/backoff.ts';
import type { TcpProxy } from '../tcp-proxy.ts';
import { LINKS } from './chaos-system.ts';
import { choose, type Fault } from './fault.ts';

/** One way, of all that use it or of one of its replicas alone. @param on makes the way misbehave @param off mends it */
const network = (
  name: string,
  lastsMs: Fault['lastsMs'],
  on: (proxy: TcpProxy, choice: number) => void,
  off: (proxy: TcpProxy) => void,
): Fault => ({
  name,
  lastsMs,
  async run({ links }, step) {
    const ends = links[choose(LINKS, step)];
    const drawn = Math.floor(step.choice / LINKS.length);
    const proxies = ends[drawn % (ends.length + 1)] ?? ends.flat();
    for (const proxy of proxies) on(proxy, Math.floor(drawn / (ends.length + 1)));
    await pause(step.forMs);
    for (const proxy of proxies) off(proxy);
  },
});

export const NETWORK_FAULTS: readonly Fault[] = [
  network(
    'network: reset',
    [0, 0],
    (proxy) => proxy.reset(),
    () => undefined,
  ),
  network(
    'network: refuse',
    [500, 4_000],
    (proxy) => (proxy.refuse(true), proxy.reset()),
    (proxy) => proxy.refuse(false),
  ),
  network(
    'network: hold both ways',
    [500, 6_000],
    (proxy) => proxy.hold(true),
    (proxy) => proxy.hold(false),
  ),
  // Longer than a heartbeat, a confirm and a statement may take: all of them are given up meanwhile.
  network(
    'network: hold for more than half a minute',
    [32_000, 40_000],
    (proxy) => proxy.hold(true),
    (proxy) => proxy.hold(false),
  ),
  network(
    'network: hold one way',
    [500, 6_000],
    (proxy, choice) => proxy.hold(true, choice % 2 === 0 ? 'to target' : 'to client'),
    (proxy) => proxy.hold(false),
  ),
  // Half open: what was sent never arrives, and who waits is told at last by a reset.
  network(
    'network: half open, then reset',
    [2_000, 12_000],
    (proxy) => proxy.hold(true),
    (proxy) => (proxy.reset(), proxy.hold(false)),
  ),
  network(
    'network: delay',
    [1_000, 5_000],
    (proxy, choice) => proxy.delay(20 + (choice % 400)),
    (proxy) => proxy.delay(0),
  ),
  network(
    'network: cut after some bytes',
    [500, 3_000],
    (proxy, choice) => proxy.cutAfter(choice % 5_000),
    (proxy) => proxy.cutAfter(undefined),
  ),
];
