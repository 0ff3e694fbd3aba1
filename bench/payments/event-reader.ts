import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** A subscriber of all outcomes, at the gateway. When its stream ends it resumes from its last cursor, as a client would. */
export interface EventReader {
  /** When the event of a payment came, `performance.now()`; by payment id. */
  readonly arrivals: ReadonlyMap<string, number>;
  /** How often it had to come back. */
  readonly resumed: number;
  /** Forgets what arrived. */
  forget(): void;
  /** Resolves when these have all arrived. @throws Error when no event came for 60 s and some are missing */
  until(paymentIds: readonly string[]): Promise<void>;
  stop(): void;
}

const SUBSCRIBE = `subscription ($after: String) { paymentProcessed(after: $after) { cursor payment { id status } } }`;
const EVENT = /"cursor":"([^"]+)","payment":\{"id":"([0-9a-f-]{36})"/;
const SILENCE_MS = 60_000;

/** Resolves once the gateway has taken the connection and was sent the subscription. */
export async function startEventReader(port: number): Promise<EventReader> {
  const arrivals = new Map<string, number>();
  let cursor: string | undefined;
  let lastAt = performance.now();
  let resumed = 0;
  let stopped = false;
  let socket: WebSocket | undefined;

  const open = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const own = (socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws'));
      own.on('open', () => own.send('{"type":"connection_init"}'));
      own.on('message', (data: Buffer) => {
        const text = data.toString();
        const event = EVENT.exec(text);
        if (event?.[2] !== undefined) {
          lastAt = performance.now();
          cursor = event[1];
          arrivals.set(event[2], lastAt);
        } else if (text.startsWith('{"type":"connection_ack"')) {
          own.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIBE, variables: { after: cursor ?? null } } }));
          resolve();
        } else if (text.startsWith('{"type":"ping"')) own.send('{"type":"pong"}');
        else own.close(); // an error or the end of the stream: come back
      });
      own.on('error', reject);
      own.on('close', () => {
        if (stopped) return;
        resumed += 1;
        setTimeout(() => void open().catch(() => undefined), 50); // a refused connection closes, and comes back here
      });
    });
  await open();

  return {
    arrivals,
    get resumed() {
      return resumed;
    },
    forget: () => arrivals.clear(),
    async until(paymentIds) {
      lastAt = performance.now();
      for (let there = 0; ;) {
        while (there < paymentIds.length && arrivals.has(paymentIds[there] ?? '')) there += 1;
        if (there === paymentIds.length) return;
        if (performance.now() - lastAt > SILENCE_MS) {
          const missing = paymentIds.filter((id) => !arrivals.has(id)).length;
          throw new Error(`${missing} of ${paymentIds.length} payments have no event, and none came for ${SILENCE_MS / 1_000} s`);
        }
        await delay(20);
      }
    },
    stop() {
      stopped = true;
      socket?.terminate();
    },
  };
}
