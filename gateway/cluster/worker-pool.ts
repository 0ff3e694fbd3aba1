import cluster, { type Worker } from 'node:cluster';
import { backoffDelayMs, pause } from '../../platform/foundation/backoff.ts';
import { ConfigError } from '../../platform/foundation/errors.ts';
import { createService, type Service } from '../../platform/foundation/lifecycle.ts';
import { createLogger, type Logger } from '../../platform/foundation/logger.ts';
import type { GatewayConfig } from '../config.ts';
import { createClusterMetrics } from './cluster-metrics.ts';
import { createPeer, type Peer } from './peer.ts';

/** A worker that ran for so long did not die of its start: the next one comes at once. */
const STEADY_MS = 30_000;

/**
 * The gateway as several processes that share one port (node:cluster), from which each accepts when it is free; this process serves nobody. The first worker
 * composes the supergraph and the others get it from here, so that all of them serve the same one, also those that take a dead worker's place.
 * When a worker dies, its connections are lost and no others. When this process dies, the workers end.
 * @throws by `start`: ConfigError when the first worker cannot start; it has said why
 */
export function createWorkerPool({ workers: count, log }: GatewayConfig): Service {
  return createService('gateway', async (stack, signal) => {
    const logger = createLogger('gateway', log);
    // Workers accept by themselves. Node's default, where this process accepts and hands over, loses what is on its way to a worker that hangs or dies:
    // such a connection stays open here, and nobody ever answers on it.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    const pool = stack.use(new WorkerPool(logger, signal));
    await pool.keepOne({ mustStart: true });
    await Promise.all(Array.from({ length: count - 1 }, () => pool.keepOne({ mustStart: false })));
    logger.info({ workers: count }, 'all workers answer');
  });
}

class WorkerPool {
  readonly #logger: Logger;
  readonly #stopping: AbortSignal;
  readonly #metrics = createClusterMetrics();
  readonly #live = new Map<Worker, { readonly peer: Peer; readonly ended: Promise<string> }>();
  #supergraph: string | undefined;

  constructor(logger: Logger, stopping: AbortSignal) {
    this.#logger = logger;
    this.#stopping = stopping;
  }

  /**
   * Keeps one worker running from now on. Resolves when it listens for the first time.
   * @throws ConfigError when it must start and ends before it listens
   */
  keepOne({ mustStart }: { mustStart: boolean }): Promise<void> {
    return new Promise((resolve, reject) => {
      void this.#keep(resolve, mustStart ? reject : undefined);
    });
  }

  async #keep(onListening: () => void, onFailure?: (error: Error) => void): Promise<void> {
    this.#stopping.addEventListener('abort', onListening, { once: true }); // whoever waits for the start must not keep the stop waiting
    for (let attempt = 0; !this.#stopping.aborted;) {
      const startedAt = Date.now();
      const { worker, ended } = this.#fork();
      let listened = false;
      worker.once('listening', () => {
        listened = true;
        onListening();
      });
      const how = await ended;
      if (this.#stopping.aborted) return;
      if (!listened && onFailure)
        return onFailure(new ConfigError([`the first worker ended with ${how} before it listened; it has said why`]));
      attempt = Date.now() - startedAt > STEADY_MS ? 0 : attempt + 1;
      const waitMs = backoffDelayMs(attempt);
      this.#logger.error({ worker: worker.process.pid, how, waitMs }, 'a worker ended; another one takes its place');
      await pause(waitMs, this.#stopping);
    }
  }

  #fork(): { worker: Worker; ended: Promise<string> } {
    const worker = cluster.fork();
    const peer = createPeer(
      { send: (message, done) => void worker.send(message, done), onMessage: (listener) => void worker.on('message', listener) },
      {
        supergraph: () => this.#supergraph,
        'supergraph-loaded': (sdl) => void (this.#supergraph ??= String(sdl)),
        metrics: () => this.#metrics.read(),
      },
    );
    const ended = new Promise<string>((resolve) => {
      worker.once('exit', (code: number | null, signal: string | null) => resolve(signal ?? `exit code ${code}`));
      worker.once('error', (error) => resolve(error.message)); // it could not even be started
    }).finally(() => {
      this.#live.delete(worker);
      this.#metrics.remove(worker.id);
    });
    this.#live.set(worker, { peer, ended });
    this.#metrics.add(worker.id, peer);
    return { worker, ended };
  }

  /** Asks all workers to stop, each in its own order, and kills what is left at the deadline. */
  async stop(deadlineAt: number): Promise<void> {
    const live = [...this.#live];
    const rude = setTimeout(() => live.forEach(([worker]) => worker.process.kill('SIGKILL')), Math.max(0, deadlineAt - Date.now() - 100));
    for (const [, { peer }] of live) peer.ask('stop', Math.max(0, deadlineAt - Date.now() - 500)).catch(() => undefined); // it is gone, or is killed in the end
    await Promise.all(live.map(([, { ended }]) => ended));
    clearTimeout(rude);
  }
}
