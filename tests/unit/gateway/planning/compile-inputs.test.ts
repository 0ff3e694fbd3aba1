import { describe, expect, it } from '@jest/globals';
import { compileInputs } from '../../../../gateway/planning/compile-inputs.ts';
import type { SupergraphTypes } from '../../../../gateway/planning/executable-plan.ts';
import type { PlannedSelection } from '../../../../gateway/planning/planner.ts';

const types: SupergraphTypes = {
  rootTypes: ['Query'],
  numberFields: new Set(),
  subtypesOf: (type) => ({ Media: new Set(['Media', 'Movie', 'Song']), Movie: new Set(['Movie']), Song: new Set(['Song']) })[type],
  isObjectType: (type) => type !== 'Media',
  interfaceObjectsOf: () => [],
  keysOf: (_subgraph, type) => (type === 'Song' ? ['id owner { id }', 'code'] : ['id']),
};
const field = (name: string, ...selections: PlannedSelection[]): PlannedSelection => ({ kind: 'Field', name, selections });
const on = (typeCondition: string, ...selections: PlannedSelection[]): PlannedSelection => ({
  kind: 'InlineFragment',
  typeCondition,
  selections,
});
const namesOf = (requires: readonly PlannedSelection[], type: string): string[] | undefined =>
  compileInputs(requires, 'rating', types)(type)?.fields.map(({ key }) => key);

describe('what is sent of an entity', () => {
  it('are the fields of all conditions that its type meets, each once', () => {
    const requires = [on('Media', field('__typename'), field('id')), on('Movie', field('id'), field('minutes'))];

    expect(namesOf(requires, 'Movie')).toEqual(['__typename', 'id', 'minutes']);
    expect(namesOf(requires, 'Media')).toEqual(['__typename', 'id']);
  });

  it('is nothing for types that no condition names', () => {
    expect(namesOf([on('Movie', field('id'))], 'Song')).toBeUndefined();
    expect(namesOf([on('Movie', field('id'))], 'made up')).toBeUndefined();
  });

  it('is nothing when no key of the type is among it: the planner joined two fetches', () => {
    const requires = [on('Movie', field('__typename'), field('id')), on('Media', field('__typename'), field('minutes'))];

    expect(namesOf(requires, 'Movie')).toEqual(['__typename', 'id', 'minutes']);
    expect(namesOf(requires, 'Song')).toBeUndefined();
  });

  it('holds a nested key whole, or another key', () => {
    expect(namesOf([on('Song', field('id'), field('owner', field('name')))], 'Song')).toBeUndefined();
    expect(namesOf([on('Song', field('id'), field('owner', field('name'), field('id')))], 'Song')).toEqual(['id', 'owner']);
    expect(namesOf([on('Song', field('code'))], 'Song')).toEqual(['code']);
  });

  it('joins what two conditions want of one field', () => {
    const requires = [on('Movie', field('id'), field('owner', field('id'))), on('Media', field('owner', field('name')))];
    const [, owner] = compileInputs(requires, 'rating', types)('Movie')?.fields ?? [];

    expect(owner?.selection?.fields.map(({ key }) => key)).toEqual(['id', 'name']);
  });
});
