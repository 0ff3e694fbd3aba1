import type { Engine, GatewayResult } from '../engine.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import { toClientError } from './refuse.ts';

/** The same engine, but what it throws (which it should not) comes as a result that a client may see, also in the middle of a stream. */
export function createMaskedEngine(engine: Engine, logger: Logger): Engine {
  const mask = (error: unknown, requestId: string | undefined): GatewayResult => ({ errors: [toClientError(error, requestId, logger)] });
  return {
    get ready() {
      return engine.ready;
    },
    prepare(request) {
      try {
        return engine.prepare(request);
      } catch (error) {
        return { refusal: { stage: 'plan', errors: [toClientError(error, undefined, logger)] } };
      }
    },
    explain: (operation) => engine.explain(operation),
    async execute(operation, variables, context) {
      try {
        return await engine.execute(operation, variables, context);
      } catch (error) {
        return mask(error, context.requestId);
      }
    },
    async executeIncrementally(operation, variables, context) {
      try {
        return await engine.executeIncrementally(operation, variables, context);
      } catch (error) {
        return mask(error, context.requestId);
      }
    },
    async subscribe(operation, variables, context) {
      try {
        const outcome = await engine.subscribe(operation, variables, context);
        return isStream(outcome) ? maskStream(outcome, (error) => mask(error, context.requestId)) : outcome;
      } catch (error) {
        return mask(error, context.requestId);
      }
    },
  };
}

export function isStream(outcome: GatewayResult | AsyncIterableIterator<GatewayResult>): outcome is AsyncIterableIterator<GatewayResult> {
  return Symbol.asyncIterator in outcome;
}

function maskStream(
  results: AsyncIterableIterator<GatewayResult>,
  mask: (error: unknown) => GatewayResult,
): AsyncIterableIterator<GatewayResult> {
  return {
    async next() {
      try {
        return await results.next();
      } catch (error) {
        return { value: mask(error), done: false }; // a stream that threw is over: the next call finds its end
      }
    },
    async return() {
      await results.return?.();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
