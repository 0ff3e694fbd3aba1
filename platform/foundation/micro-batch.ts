import { toCode } from './errors.ts';

export interface MicroBatchOptions<Item, Result> {
  /**
   * Does one or several at once, all or nothing, without waiting for a lock that somebody may hold for long. @returns for each item, in their order, its result; undefined: nothing was done for it, it wants `runAlone`.
   * When it rejects, nothing was done for any of them: each is run alone, unless the failure is one of those that `isShared` knows.
   */
  readonly runTogether: (items: readonly Item[]) => Promise<readonly (Result | undefined)[]>;
  /** Does one, or throws why not. */
  readonly runAlone: (item: Item) => Promise<Result>;
  /** Most items of one batch; default 128. */
  readonly maxSize?: number;
  /** When the next batch stops waiting for a slow one, milliseconds; default 250. */
  readonly patienceMs?: number;
  /** Most batches under way at once, slow ones included; default 8. */
  readonly maxRunning?: number;
  /** Asked with each call; when it says no, that call runs alone, at once. So that what batches gain can be measured. Default always. */
  readonly isOn?: (() => boolean) | undefined;
  /** Failures that trying one by one would only repeat; default DATABASE_UNAVAILABLE. */
  readonly isShared?: (error: unknown) => boolean;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one of many calls that come while the last one is under way. Nobody waits for company: a call that finds nothing under way goes at once, by itself; what
 * comes meanwhile is the next batch. So an idle system has no delay, and a busy one does less for each. Each caller gets its own result or its own error.
 */
export function createMicroBatch<Item, Result>(options: MicroBatchOptions<Item, Result>): (item: Item) => Promise<Result> {
  const { runTogether, runAlone, maxSize = 128, patienceMs = 250, maxRunning = 8, isOn = () => true } = options;
  const isShared = options.isShared ?? ((error) => toCode(error) === 'DATABASE_UNAVAILABLE');
  const queue: Waiting<Item, Result>[] = [];
  let running = 0;
  let taken = false; // a batch is under way that the next one still waits for
  let planned = false;

  const settleAlone = ({ item, resolve, reject }: Waiting<Item, Result>): Promise<void> => runAlone(item).then(resolve, reject);

  /** @returns those that want to run alone */
  const settleTogether = async (batch: readonly Waiting<Item, Result>[]): Promise<readonly Waiting<Item, Result>[]> => {
    try {
      const results = await runTogether(batch.map(({ item }) => item));
      return batch.filter(({ resolve }, index) => {
        const result = results[index];
        if (result !== undefined) resolve(result);
        return result === undefined;
      });
    } catch (error) {
      if (!isShared(error)) return batch;
      for (const { reject } of batch) reject(error);
      return [];
    }
  };

  const runNext = (): void => {
    planned = false;
    if (taken || queue.length === 0 || running >= maxRunning) return;
    const batch = queue.splice(0, maxSize);
    taken = true;
    running += 1;
    let holds = true;
    const giveTurn = (): void => {
      if (holds) taken = holds = false;
      plan();
    };
    const patience = setTimeout(giveTurn, patienceMs);
    void settleTogether(batch).then((rest) => {
      for (const each of rest) void settleAlone(each); // behind the batch, which does not wait for them
      clearTimeout(patience);
      running -= 1;
      giveTurn();
    });
  };
  /** After the events that are being handled now: what arrived with them comes along. */
  const plan = (): void => {
    if (planned || queue.length === 0) return;
    planned = true;
    setImmediate(runNext);
  };

  return (item) =>
    isOn()
      ? new Promise((resolve, reject) => {
          queue.push({ item, resolve, reject });
          plan();
        })
      : runAlone(item);
}
