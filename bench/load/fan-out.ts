import { performance } from 'node:perf_hooks';
import { WebSocket } from 'ws';

export const FAN_OUT = `subscription FanOut {
  reviewAdded {
    id
    rating
    body
    author {
      id
      name
    }
  }
}
`;

/** Many clients of one subscription, each on a WebSocket of its own, over graphql-transport-ws. */
export interface Listeners {
  /**
   * Waits until every client has the event.
   * @param event its number; what is published under it is the review `e<event>`
   * @returns milliseconds from the call to the last client
   * @throws Error when one does not have it in time, got something else, or lost its connection
   */
  deliver(event: number, publish: () => Promise<void>, timeoutMs: number): Promise<number>;
  /** The payload that the first client got last. */
  readonly lastPayload: unknown;
  close(): void;
}

/** Opens the clients, some at a time, and subscribes each. @throws Error when a connection is refused */
export async function openListeners(port: number, count: number): Promise<Listeners> {
  const sockets: WebSocket[] = [];
  let expected = '';
  let missing = 0;
  let lastText = '';
  let problem: Error | undefined;
  let settle: () => void = () => undefined;
  const fail = (error: Error): void => {
    problem ??= error;
    settle();
  };

  const open = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const isFirst = sockets.length === 0;
      const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', { perMessageDeflate: false });
      sockets.push(socket);
      socket.on('error', reject);
      socket.on('open', () => socket.send('{"type":"connection_init"}'));
      socket.on('close', (code, reason) => {
        reject(new Error(`refused with ${code}`));
        fail(new Error(`a client's connection was closed with ${code} ${String(reason)}`));
      });
      socket.on('message', (data) => {
        const text = String(data);
        if (text.includes('"connection_ack"')) {
          socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: FAN_OUT } }));
          resolve();
        } else if (text.includes('"next"')) {
          if (isFirst) lastText = text;
          if (text.includes('"errors"')) return fail(new Error(`an event with an error: ${text.slice(0, 300)}`));
          if (!text.includes(expected)) return;
          missing -= 1;
          if (missing === 0) settle();
        } else if (text.includes('"error"') || text.includes('"complete"'))
          fail(new Error(`the subscription ended: ${text.slice(0, 300)}`));
      });
    });

  for (let opened = 0; opened < count; opened += 50) await Promise.all(Array.from({ length: Math.min(50, count - opened) }, open));

  return {
    get lastPayload() {
      return lastText === '' ? undefined : (JSON.parse(lastText) as { payload: unknown }).payload;
    },
    async deliver(event, publish, timeoutMs) {
      if (problem) throw problem;
      expected = `"e${event}"`;
      missing = count;
      const begunAt = performance.now();
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`${missing} of ${count} clients have no event ${event} after ${timeoutMs} ms`)),
          timeoutMs,
        );
        settle = () => {
          clearTimeout(timer);
          if (problem) reject(problem);
          else resolve();
        };
        publish().catch(fail);
      });
      return performance.now() - begunAt;
    },
    close() {
      problem = new Error('closed');
      for (const socket of sockets) socket.terminate();
    },
  };
}
