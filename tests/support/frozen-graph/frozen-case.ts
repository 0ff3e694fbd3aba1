import { readdirSync, readFileSync } from 'node:fs';
import type { ExecutionResult } from 'graphql';
import type { PlannerName } from '../../../gateway/planning/planner.ts';
import type { SubgraphSource } from '../fake-subgraph.ts';
import type { RandomOperation } from '../random-operation.ts';
import { toFrozenSubgraphs } from './frozen-subgraphs.ts';
import type { FrozenValues } from './frozen-values.ts';

const FOLDER = new URL('../fixtures/regressions/', import.meta.url);

/** One case of the differential suite, kept as it was: whoever changes the generator of random graphs does not change it. */
export interface FrozenCase {
  readonly title: string;
  readonly planner: PlannerName;
  readonly subgraphs: readonly SubgraphSource[];
  readonly operation: RandomOperation;
  /** What one schema over the same data answered when the case was frozen. */
  readonly expected: ExecutionResult;
}

/** The JSON file of a case; its subgraphs and its operation stand beside it in a file of their own, `writeDocuments`. */
export interface FrozenFacts {
  readonly planner: PlannerName;
  readonly variables: RandomOperation['variables'];
  readonly expected: ExecutionResult;
  readonly values: FrozenValues;
}

export function writeDocuments(title: string, subgraphs: readonly { name: string; sdl: string }[], query: string): string {
  const parts = [...subgraphs.map(({ name, sdl }) => [`subgraph ${name}`, sdl] as const), ['operation', query] as const];
  return [`# ${title}`, ...parts.map(([heading, text]) => `\n#--- ${heading}\n\n${text.trim()}`)].join('\n') + '\n';
}

export function readFrozenCases(): FrozenCase[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.graphql'))
    .sort()
    .map((file) => {
      const [title = '', ...parts] = readFileSync(new URL(file, FOLDER), 'utf8').split(/^#--- /m);
      const documents = new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')).trim(), part.slice(part.indexOf('\n'))]));
      const { planner, variables, expected, values } = JSON.parse(
        readFileSync(new URL(file.replace(/graphql$/, 'json'), FOLDER), 'utf8'),
      ) as FrozenFacts;
      const subgraphs = [...documents].flatMap(([heading, sdl]) =>
        heading.startsWith('subgraph ') ? [{ name: heading.slice('subgraph '.length), sdl }] : [],
      );
      return {
        title: title.replace('#', '').trim(),
        planner,
        subgraphs: toFrozenSubgraphs(subgraphs, values),
        operation: { query: documents.get('operation') ?? '', variables },
        expected,
      };
    });
}
