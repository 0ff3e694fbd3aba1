/** A process at the other end of Node's channel between a primary and its worker. */
export interface Channel {
  /** @param done told when the message is on its way, or why not */
  send(message: object, done: (error: Error | null) => void): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** What the other process may ask, by name. What is thrown reaches it as an Error with the same message. */
export type Answers = Readonly<Record<string, (argument: unknown) => unknown>>;

export interface Peer {
  /** @throws Error when the other process is gone, refuses, or does not answer within the deadline */
  ask(question: string, argument?: unknown): Promise<unknown>;
}

interface Message {
  readonly kind: 'paygraph:question' | 'paygraph:answer' | 'paygraph:failure';
  /** Chosen by who asks. */
  readonly id: number;
  readonly question?: string;
  readonly value?: unknown;
}

/**
 * Questions and answers over a channel, in both directions.
 * @param timeoutMs for one answer, milliseconds
 */
export function createPeer(channel: Channel, answers: Answers, timeoutMs = 2_000): Peer {
  const waiting = new Map<number, (message: Message) => void>();
  let lastId = 0;

  const answer = async ({ id, question = '', value }: Message): Promise<void> => {
    const tell = (message: Message): void => channel.send(message, () => undefined); // who asked is gone: nobody waits
    try {
      const known = Object.hasOwn(answers, question) ? answers[question] : undefined;
      if (!known) throw new Error(`there is no answer to ${question}`);
      tell({ kind: 'paygraph:answer', id, value: await known(value) });
    } catch (error) {
      tell({ kind: 'paygraph:failure', id, value: error instanceof Error ? error.message : String(error) });
    }
  };
  channel.onMessage((received) => {
    if (!isMessage(received)) return; // others use the channel too
    if (received.kind === 'paygraph:question') void answer(received);
    else waiting.get(received.id)?.(received);
  });

  return {
    ask(question, argument) {
      const id = (lastId += 1);
      let timer: NodeJS.Timeout | undefined;
      const answered = new Promise<unknown>((resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer to ${question} within ${timeoutMs} ms`)), timeoutMs);
        waiting.set(id, ({ kind, value }) => (kind === 'paygraph:answer' ? resolve(value) : reject(new Error(String(value)))));
        channel.send({ kind: 'paygraph:question', id, question, value: argument } satisfies Message, (error) => {
          if (error) reject(error);
        });
      });
      return answered.finally(() => {
        clearTimeout(timer);
        waiting.delete(id);
      });
    },
  };
}

function isMessage(received: unknown): received is Message {
  return typeof received === 'object' && received !== null && String((received as Partial<Message>).kind).startsWith('paygraph:');
}
