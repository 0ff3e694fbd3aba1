import type { GraphQLFormattedError } from 'graphql';
import type { DeliveredPart, GatewayResult, IncrementalAnswer, IncrementalUpdate, PendingPart } from '../engine.ts';
import type { DeferredPlan } from '../planning/compile-defer.ts';
import { toAbortSignal } from '../subgraphs/abort-notice.ts';
import { noteObject, takesBack, toDelta, type Delivery, type FoundPart } from './deliver-part.ts';
import { ErrorLog } from './error-log.ts';
import { executeOperation, toResult } from './execute-operation.ts';
import { createExecution, type Execution, type ExecutionRequest } from './execution.ts';
import { PartErrors } from './part-errors.ts';
import { runDeferred, type DeferredRun } from './run-deferred.ts';
import { AnswerTooLarge, MAX_OBJECTS, shapeResponse } from './shape-response.ts';

/** More parts than this are not worth their envelopes: then everything comes at once. */
const MAX_PARTS = 10_000;
/** How many parts go out together at most, so that one update does not keep everything else waiting. */
const MAX_PARTS_TOGETHER = 500;

/** Runs a query or a mutation whose answer may come in parts. Throws only for bugs. */
export async function executeDeferred(request: ExecutionRequest, deferredPlan: DeferredPlan): Promise<GatewayResult | IncrementalAnswer> {
  const active = activeFragments(deferredPlan, request);
  if (active.size === 0) return executeOperation(request);
  const left = new AbortController();
  const signal = AbortSignal.any([toAbortSignal(request.context.signal), left.signal]);
  const execution = createExecution({ ...request, plan: deferredPlan.plan, context: { ...request.context, signal } });
  const run = runDeferred(deferredPlan, execution, active);
  await run.initial;
  const answer = new AnswerInParts(execution, deferredPlan, active, run, left);
  const first = answer.first();
  if (first !== 'too-many') return first;
  await Promise.all([...active].map(run.whenFetched));
  const errors = new ErrorLog();
  for (const log of new Set([execution.errors, ...[...active].map(run.errorsOf)])) errors.absorb(log);
  return toResult({ ...execution, errors });
}

function activeFragments({ fragments }: DeferredPlan, { coerced }: ExecutionRequest): ReadonlySet<string> {
  const isActive = (variable: string | undefined): boolean =>
    variable === undefined || coerced[variable] === undefined || coerced[variable] === true;
  return new Set([...fragments].filter(([, { variable }]) => isActive(variable)).map(([label]) => label));
}

interface WaitingPart extends FoundPart {
  readonly pending: PendingPart;
}

class AnswerInParts {
  readonly #execution: Execution;
  readonly #plan: DeferredPlan;
  readonly #active: ReadonlySet<string>;
  readonly #run: DeferredRun;
  readonly #left: AbortController;
  readonly #errors: PartErrors;
  readonly #introspection: Readonly<Record<string, unknown>> | undefined;
  readonly #delivery: Delivery = { objects: 0, found: [] };
  readonly #fetched = new Set<string>();
  readonly #fetching = new Map<string, Promise<void>>();
  readonly #ended: Promise<void>;
  #waiting: WaitingPart[] = [];
  #parts = 0;

  constructor(execution: Execution, plan: DeferredPlan, active: ReadonlySet<string>, run: DeferredRun, left: AbortController) {
    this.#execution = execution;
    this.#plan = plan;
    this.#active = active;
    this.#run = run;
    this.#left = left;
    this.#errors = new PartErrors(execution.shape, plan.plan.response.names, execution.data);
    this.#introspection = plan.plan.introspection?.(execution.variables);
    const { signal } = execution.context;
    this.#ended = new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  first(): GatewayResult | IncrementalAnswer | 'too-many' {
    const { data, errors, plan, coerced } = this.#execution;
    const shape = plan.response.select((variable) => coerced[plan.names.variables.get(variable) ?? variable] === true, this.#active);
    let answer: ReturnType<typeof shapeResponse>;
    try {
      answer = shapeResponse(shape, data, errors, this.#introspection);
    } catch (error) {
      if (!(error instanceof AnswerTooLarge)) throw error;
      this.#left.abort();
      return { data: null, errors: [tooLarge(error.message)] };
    }
    const told = this.#errors.take({ shape, data, path: [] }, errors, []);
    const initial: GatewayResult = { data: answer, ...(told.length > 0 && { errors: told }) };
    if (answer) noteObject(shape, answer, data, [], this.#delivery);
    const pending = this.#announce();
    if (this.#waiting.length > MAX_PARTS) return 'too-many';
    if (pending.length > 0) return { initial, pending, updates: this.#updates() };
    this.#left.abort(); // what was deferred hangs below a null
    return initial;
  }

  #updates(): AsyncIterableIterator<IncrementalUpdate> {
    const end = { value: undefined, done: true } as const;
    return {
      next: async () => {
        while (!this.#execution.context.signal.aborted && this.#waiting.length > 0) {
          const ready = this.#waiting.filter(({ label }) => this.#fetched.has(label)).slice(0, MAX_PARTS_TOGETHER);
          if (ready.length > 0) return { value: this.#deliver(ready), done: false };
          await Promise.race([this.#ended, ...new Set(this.#waiting.map(({ label }) => this.#whenFetched(label)))]);
        }
        return end;
      },
      return: async () => {
        this.#left.abort();
        return end;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #deliver(ready: readonly WaitingPart[]): IncrementalUpdate {
    const delivered: DeliveredPart[] = [];
    const done = new Set(ready);
    this.#waiting = this.#waiting.filter((part) => !done.has(part));
    for (const part of ready) delivered.push(this.#toPart(part));
    const pending = this.#announce();
    if (this.#parts > MAX_PARTS || this.#delivery.objects > MAX_OBJECTS) {
      const error = tooLarge(`The answer has more than ${MAX_PARTS} deferred parts or ${MAX_OBJECTS} objects.`);
      for (const part of this.#waiting)
        delivered.push({ ...part.pending, data: null, pieces: [], errors: [{ ...error, path: part.path }] });
      this.#waiting = [];
    }
    if (this.#waiting.length === 0) this.#left.abort(); // what is still asked for is for nobody
    return { delivered, pending, hasNext: this.#waiting.length > 0 };
  }

  #toPart(part: WaitingPart): DeliveredPart {
    const { label, shape, data, seen, path, pending } = part;
    const log = this.#run.errorsOf(label);
    const problems: GraphQLFormattedError[] = [];
    const shapeLog = {
      add: (error: Omit<GraphQLFormattedError, 'path'>, below: readonly (string | number)[] | undefined): void =>
        void problems.push({ ...error, path: [...path, ...(below ?? [])] }),
      explains: (below: readonly (string | number)[]): boolean => log.explains([...path, ...below]),
    };
    let answer: ReturnType<typeof shapeResponse> = null;
    try {
      answer = shapeResponse(shape, data, shapeLog, this.#introspection);
    } catch (error) {
      if (!(error instanceof AnswerTooLarge)) throw error;
      problems.push({ ...tooLarge(error.message), path });
    }
    const errors = [...this.#errors.take({ shape, data, path }, log, this.#logsAround(label)), ...problems];
    if (answer === null || takesBack(answer, seen))
      return { ...pending, data: null, pieces: [], errors: errors.length > 0 ? errors : [causeOf(log, this.#logsAround(label), path)] };
    return { ...pending, ...toDelta(part, answer, this.#delivery), errors };
  }

  /** Takes over what was found since the last time. @returns what the client is to be told of */
  #announce(): PendingPart[] {
    const found = this.#delivery.found.splice(0);
    const waiting = found.map((part): WaitingPart => {
      const pending = { id: String(this.#parts), path: part.path, label: this.#plan.fragments.get(part.label)?.clientLabel };
      this.#parts += 1;
      void this.#whenFetched(part.label);
      return { ...part, pending };
    });
    this.#waiting.push(...waiting);
    return waiting.map(({ pending }) => pending);
  }

  #whenFetched(label: string): Promise<void> {
    const known = this.#fetching.get(label);
    if (known) return known;
    const fetching = this.#run.whenFetched(label).then(() => void this.#fetched.add(label));
    this.#fetching.set(label, fetching);
    return fetching;
  }

  /** Errors of what is around a fragment: of the fragments that it lies in, and of the initial answer. */
  #logsAround(label: string): ErrorLog[] {
    const logs = new Set<ErrorLog>();
    for (let outer = this.#plan.fragments.get(label)?.enclosing; outer !== undefined; outer = this.#plan.fragments.get(outer)?.enclosing)
      logs.add(this.#run.errorsOf(outer));
    logs.add(this.#execution.errors);
    return [...logs];
  }
}

/** Why a part is missing whose cause was told with another part: one failed fetch may have been for many. */
function causeOf(log: ErrorLog, around: readonly ErrorLog[], path: readonly (string | number)[]): GraphQLFormattedError {
  const [cause] = [log, ...around].flatMap(({ errors }) => errors);
  return cause
    ? { ...cause, path }
    : { message: 'A subgraph gave different answers to one question.', path, extensions: { code: 'SUBGRAPH_MALFORMED' } };
}

function tooLarge(message: string): GraphQLFormattedError {
  return { message, extensions: { code: 'RESPONSE_TOO_LARGE' } };
}
