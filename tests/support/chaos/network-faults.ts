import { pause } from '../../../platform/foundation/backoff.ts';
import type { TcpProxy } from '../tcp-proxy.ts';
import { LINKS } from './chaos-system.ts';
import { choose, type Fault } from './fault.ts';

/** @param on makes the way misbehave @param off mends it */
const network = (
  name: string,
  lastsMs: Fault['lastsMs'],
  on: (proxy: TcpProxy, choice: number) => void,
  off: (proxy: TcpProxy) => void,
): Fault => ({
  name,
  lastsMs,
  async run({ links }, step) {
    const proxies = links[choose(LINKS, step)];
    for (const proxy of proxies) on(proxy, Math.floor(step.choice / LINKS.length));
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
