import { performance } from 'node:perf_hooks';
import { openListener, type ListenerTransport } from './open-listener.ts';

/** Many clients of one subscription, each on a connection of its own. */
export interface Listeners {
  /**
   * Waits until every client has the event.
   * @param event its number; what is published under it is the review `e<event>`
   * @returns milliseconds from the call to the last client
   * @throws Error when one does not have it in time, got something else, or lost its connection
   */
  deliver(event: number, publish: () => Promise<void>, timeoutMs: number): Promise<number>;
  /** What the first client got last. */
  readonly lastText: string;
  close(): void;
}

const OPENED_AT_ONCE = 50;
const PER_ADDRESS = 5_000;

/** Opens the clients, some at a time, and subscribes each. @throws Error when a connection is refused */
export async function openListeners(
  port: number,
  count: number,
  transport: ListenerTransport = 'graphql-transport-ws',
): Promise<Listeners> {
  const cuts: (() => void)[] = [];
  let expected = '';
  let missing = 0;
  let lastText = '';
  let problem: Error | undefined;
  let settle: () => void = () => undefined;
  const fail = (error: Error): void => {
    problem ??= error;
    settle();
  };
  const close = (): void => {
    problem = new Error('closed');
    for (const cut of cuts) cut();
  };

  const open = async (index: number): Promise<void> => {
    const cut = await openListener(transport, {
      port,
      localAddress: `127.0.0.${1 + Math.floor(index / PER_ADDRESS)}`,
      onEvent(text) {
        if (index === 0) lastText = text;
        if (text.includes('"errors"')) return fail(new Error(`an event with an error: ${text.slice(0, 300)}`));
        if (!text.includes(expected)) return;
        missing -= 1;
        if (missing === 0) settle();
      },
      onEnd: (why) => fail(new Error(why)),
    });
    cuts.push(cut);
  };
  try {
    for (let opened = 0; opened < count; opened += OPENED_AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(OPENED_AT_ONCE, count - opened) }, (_, n) => open(opened + n)));
  } catch (error) {
    close();
    throw error;
  }

  return {
    get lastText() {
      return lastText;
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
    close,
  };
}
