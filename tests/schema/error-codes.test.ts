import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectFolder } from '../support/service-process.ts';

/** `SOME_CODE` as the first argument of an error of ours, as a `code:` member, or as a row of the table of HTTP refusals. */
const CODE_IN_SOURCE = /(?:Error\(\s*|\brefuse\(\s*|\bcode: )'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'|^ {2}([A-Z]+(?:_[A-Z]+)+): [45]\d\d,/gm;
const CODE_IN_PAGE = /^\| `([A-Z][A-Z0-9_]+)` \|/gm;

describe('docs/errors.md', () => {
  const page = new Set(
    [...readFileSync(join(projectFolder, 'docs/errors.md'), 'utf8').matchAll(CODE_IN_PAGE)].map((match) => match[1] ?? ''),
  );
  const source = codesInSource();

  it('explains every code that the source can throw', () => {
    expect([...source.keys()].filter((code) => !page.has(code)).map((code) => `${code} in ${source.get(code)}`)).toEqual([]);
  });

  it('explains no code that does not exist any more', () => {
    const everything = sourceFiles()
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    expect([...page].filter((code) => !everything.includes(code) && !OF_APOLLO.has(code))).toEqual([]);
  });
});

/** Apollo Server's own codes, which our source need not name, and the contract's that belong to a later version. */
const OF_APOLLO = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

function codesInSource(): Map<string, string> {
  const codes = new Map<string, string>();
  for (const file of sourceFiles()) {
    for (const [, thrown, refused] of readFileSync(file, 'utf8').matchAll(CODE_IN_SOURCE))
      codes.set(thrown ?? refused ?? '', file.slice(projectFolder.length + 1));
  }
  return codes;
}

function sourceFiles(): string[] {
  return ['platform', 'subgraphs', 'gateway', 'scripts', 'examples'].flatMap((folder) =>
    readdirSync(join(projectFolder, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.generated.ts'))
      .map((name) => join(projectFolder, folder, name)),
  );
}
