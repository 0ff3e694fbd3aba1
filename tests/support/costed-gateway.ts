import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually } from './eventually.ts';
import { createServiceProcess, projectFolder } from './service-process.ts';

/** A client's request as text: `__proto__` and numerals must arrive as they stand. The number makes each one new, or kept plans would hide what it costs. */
export interface NumberedRequest {
  readonly query: (n: number) => string;
  /** JSON; default `{}`. */
  readonly variables?: (n: number) => string;
  /** What it may cost, where that is more than for the others. */
  readonly cpuMs?: number;
}

export interface Reply {
  readonly text: string;
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

/** The gateway as a process of its own, which says what a request costs it. */
export interface CostedGateway extends AsyncDisposable {
  send(request: NumberedRequest, n: number): Promise<Reply>;
  /**
   * Sends it until once it is cheap enough: other programs on the machine and a collection of garbage make a process's own time longer.
   * The first time is not judged: it is the compiler's of JavaScript.
   * @throws Error when it was dear `attempts` times
   */
  sendCheaply(request: NumberedRequest, limit: { readonly cpuMs: number; readonly attempts: number }): Promise<{ reply: Reply; n: number }>;
  /** After a collection of garbage. */
  heapBytes(): Promise<number>;
}

/** @param supergraph what SUPERGRAPH takes */
export async function startCostedGateway(supergraph: string): Promise<CostedGateway> {
  const hook = pathToFileURL(join(projectFolder, 'tests', 'support', 'report-resources.mjs')).href;
  const gateway = createServiceProcess('gateway', ['gateway'], 'GATEWAY_PORT', {
    SUPERGRAPH: supergraph,
    GATEWAY_PLAN_CACHE_ENTRIES: '5', // plans that are kept would be taken for a leak
    NODE_OPTIONS: `--import ${hook}`,
  });
  await gateway.start();
  let serial = 0;

  const cpuMs = async (): Promise<number> => {
    const page = await (await fetch(new URL('/metrics', gateway.url))).text();
    return Number(/^process_cpu_seconds_total(?:\{.*\})? (\S+)$/m.exec(page)?.[1]) * 1_000;
  };

  const send = async ({ query, variables }: NumberedRequest, n: number): Promise<Reply> => {
    const body = `{"query":${JSON.stringify(query(n))},"variables":${variables?.(n) ?? '{}'}}`;
    const response = await fetch(gateway.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const text = await response.text();
    return { text, ...(JSON.parse(text) as object) };
  };

  return {
    send,
    async sendCheaply(request, limit) {
      await send(request, (serial += 1));
      const took: number[] = [];
      while (took.length < limit.attempts) {
        const before = await cpuMs();
        const reply = await send(request, (serial += 1));
        const cost = (await cpuMs()) - before;
        if (cost <= Math.max(limit.cpuMs, request.cpuMs ?? 0)) return { reply, n: serial };
        took.push(Math.round(cost));
      }
      throw new Error(`expected at most ${limit.cpuMs} ms of CPU, took ${took.join(', ')}`);
    },
    async heapBytes() {
      const from = gateway.output.length;
      process.kill(gateway.pid, 'SIGUSR2');
      const [, report = ''] = await eventually(() => /RESOURCES (.*)\n/.exec(gateway.output.slice(from)), 10_000, 5);
      return (JSON.parse(report) as { heapBytes: number }).heapBytes;
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}
