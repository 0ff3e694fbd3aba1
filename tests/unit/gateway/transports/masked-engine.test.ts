import { describe, expect, it } from '@jest/globals';
import type { Engine, GatewayResult, PreparedOperation } from '../../../../gateway/engine.ts';
import { createMaskedEngine, isStream } from '../../../../gateway/transports/masked-engine.ts';
import { DependencyError } from '../../../../platform/foundation/errors.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';

const operation = { kind: 'query' } as PreparedOperation;
const context = { headers: {}, signal: new AbortController().signal, requestId: 'r-1' };
const bug = (): never => {
  throw new Error('secret');
};
const throwing = (over: Partial<Engine>): Engine => ({
  ready: true,
  prepare: bug,
  explain: bug,
  execute: bug,
  executeIncrementally: bug,
  subscribe: bug,
  ...over,
});
const masked = { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'r-1' } };

describe('the masked engine', () => {
  it('turns what is thrown anywhere into a result that gives nothing away, and logs it', async () => {
    const { logger, lines } = createRecordingLogger();
    const engine = createMaskedEngine(throwing({}), logger);

    expect(engine.prepare({ query: '' })).toEqual({
      refusal: { stage: 'plan', errors: [{ message: masked.message, extensions: { code: 'INTERNAL_SERVER_ERROR' } }] },
    });
    expect(await engine.execute(operation, {}, context)).toEqual({ errors: [masked] });
    expect(await engine.subscribe(operation, {}, context)).toEqual({ errors: [masked] });
    expect(lines).toEqual(['error: a request met a bug', 'error: a request met a bug', 'error: a request met a bug']);
  });

  it('shows errors that are ours with their code', async () => {
    const execute = async (): Promise<never> => {
      throw new DependencyError('SUBGRAPH_TIMEOUT', 'subgraph users', 'too slow');
    };

    expect(await createMaskedEngine(throwing({ execute }), createRecordingLogger().logger).execute(operation, {}, context)).toEqual({
      errors: [{ message: 'too slow', extensions: { code: 'SUBGRAPH_TIMEOUT' } }],
    });
  });

  it('ends a stream that throws with one last result', async () => {
    async function* failing(): AsyncGenerator<GatewayResult> {
      yield { data: { a: 1 } };
      throw new Error('secret');
    }
    const stream = await createMaskedEngine(throwing({ subscribe: async () => failing() }), createRecordingLogger().logger).subscribe(
      operation,
      {},
      context,
    );
    const seen = [];
    if (isStream(stream)) for await (const result of stream) seen.push(result);

    expect(seen).toEqual([{ data: { a: 1 } }, { errors: [masked] }]);
  });
});
