import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ConfigError, toMessage } from '../../platform/foundation/errors.ts';
import type { Engine } from '../engine.ts';

/** An operation that an explorer opens with. */
export interface Example {
  /** The file's name: `pay.graphql`. */
  readonly name: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const MAX_EXAMPLES = 100;
const MANIFEST = 'examples.json';
const manifestSchema = z.array(z.strictObject({ file: z.string(), variables: z.record(z.string(), z.unknown()).default({}) }));

/**
 * Reads the `.graphql` files of a folder, one operation in each. Its `examples.json`, where there is one, says which of them, in which
 * order, and with which variables they can be run at once: `[{ "file": "pay.graphql", "variables": { "userId": "1" } }]`.
 * @throws ConfigError EXAMPLES_INVALID
 */
export async function readExamples(folder: string): Promise<readonly Example[]> {
  try {
    const files = (await readdir(folder)).sort();
    const chosen = files.includes(MANIFEST)
      ? manifestSchema.parse(JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')))
      : files.filter((file) => file.endsWith('.graphql')).map((file) => ({ file, variables: {} }));
    if (chosen.length > MAX_EXAMPLES) throw new Error(`there are ${chosen.length} of them, and ${MAX_EXAMPLES} are the most`);
    const strange = chosen.find(({ file }) => !files.includes(file));
    if (strange) throw new Error(`${MANIFEST} names ${strange.file}, which is not there`);
    return await Promise.all(
      chosen.map(async ({ file, variables }) => ({ name: file, query: await readFile(join(folder, file), 'utf8'), variables })),
    );
  } catch (cause) {
    const problem = cause instanceof z.ZodError ? `${MANIFEST}: ${z.prettifyError(cause).replace(/\s+/g, ' ')}` : toMessage(cause);
    throw new ConfigError([`GATEWAY_EXAMPLES=${folder}: expected a folder with operations: ${problem}`], {
      code: 'EXAMPLES_INVALID',
      cause,
    });
  }
}

/** Those that the schema of the moment has an answer for. */
export function fittingExamples(examples: readonly Example[], engine: Engine): readonly Example[] {
  return examples.filter(({ query }) => 'operation' in engine.prepare({ query }));
}
