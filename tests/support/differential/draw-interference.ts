import { getNamedType, isAbstractType, parse, TypeInfo, visit, visitWithTypeInfo, type GraphQLSchema } from 'graphql';
import { createSeededRandom } from '../../../gateway/testing/seeded-random.ts';
import type { RandomOperation } from '../random-operation.ts';
import { findField } from '../random-supergraph/drawn-data.ts';
import { namedType, type DrawnField, type DrawnGraph, type DrawnSelection } from '../random-supergraph/drawn-graph.ts';
import type { Failure, Interference } from './interference.ts';

/** They are many, and the same for all operations of a graph. */
const inputs = new WeakMap<DrawnGraph, ReadonlySet<DrawnField>>();

/**
 * Which of the fields that an operation selects fail: one to four of them, for all objects or for some.
 * @returns undefined when it selects none that may fail so that federation can tell it as one schema does
 */
export function drawInterference(
  graph: DrawnGraph,
  schema: GraphQLSchema,
  operation: RandomOperation,
  seed: number,
): Interference | undefined {
  const random = createSeededRandom(seed);
  const isInput = inputs.get(graph) ?? inputsOf(graph);
  inputs.set(graph, isInput);
  const fields = selectedFields(graph, schema, operation).filter((field) => !isInput.has(field));
  if (fields.length === 0) return undefined;
  const count = random.between(1, 4);
  const failures = new Map(
    Array.from({ length: count }, (): [DrawnField, Failure] => [random.pick(fields), random.pick(['null', 'error', 'error', 'item'])]),
  );
  return { seed, share: random.pick([1, 0.5]), failures };
}

/** One input of a field that the operation selects fails: what is computed of it cannot be asked for, which one schema would not know. */
export function drawInputFailure(
  graph: DrawnGraph,
  schema: GraphQLSchema,
  operation: RandomOperation,
  seed: number,
): Interference | undefined {
  const random = createSeededRandom(seed);
  const ownInputs = new Set<DrawnField>();
  for (const field of selectedFields(graph, schema, operation)) {
    const owners = [...graph.objects.values(), ...standsOf(graph)].filter(({ fields }) => fields.get(field.name) === field);
    for (const owner of owners) for (const input of selectedInputs(graph, owner.name, field.requires ?? [])) ownInputs.add(input);
  }
  if (ownInputs.size === 0) return undefined;
  return { seed, share: random.pick([1, 0.5]), failures: new Map([[random.pick([...ownInputs]), 'error' as const]]) };
}

function selectedFields(graph: DrawnGraph, schema: GraphQLSchema, { query }: RandomOperation): DrawnField[] {
  const fields = new Set<DrawnField>();
  const types = new TypeInfo(schema);
  visit(
    parse(query),
    visitWithTypeInfo(types, {
      Field({ name }) {
        const parent = types.getParentType();
        if (!parent) return;
        for (const type of isAbstractType(parent) ? schema.getPossibleTypes(parent) : [getNamedType(parent)]) {
          const field = findField(graph, type.name, name.value);
          if (field) fields.add(field);
        }
      },
    }),
  );
  return [...fields];
}

/**
 * Fields whose failure one schema tells otherwise than federation can (docs/decisions/own-executor.md): keys, what a @requires or a @fromContext
 * selects, and what may not be null in an object that is an input, because its null takes the input away.
 */
function inputsOf(graph: DrawnGraph): Set<DrawnField> {
  const found = new Set<DrawnField>();
  const spared = new Set<string>();
  const spare = (type: string): void => {
    for (const name of membersOf(graph, type)) {
      if (spared.has(name)) continue;
      spared.add(name);
      for (const field of [
        ...(graph.objects.get(name)?.fields.values() ?? []),
        ...standsOf(graph).flatMap(({ fields }) => [...fields.values()]),
      ]) {
        if (!field.type.includes('!')) continue;
        found.add(field);
        spare(field.type);
      }
    }
  };
  for (const object of [...graph.objects.values(), ...standsOf(graph)]) {
    for (const { selection } of [...object.keys, ...[...object.places.values()].flat()])
      for (const key of selectedInputs(graph, object.name, selection)) found.add(key);
    for (const field of object.fields.values()) {
      if (field.isKey) found.add(field);
      for (const input of selectedInputs(graph, object.name, field.requires ?? [])) {
        found.add(input);
        spare(input.type);
      }
      const { fromContext } = field;
      if (!fromContext) continue;
      for (const { contexts, fields } of graph.objects.values()) {
        const told = contexts.size > 0 ? fields.get(fromContext.field) : undefined;
        if (told) found.add(told);
      }
    }
  }
  return found;
}

function selectedInputs(graph: DrawnGraph, type: string, selections: readonly DrawnSelection[]): DrawnField[] {
  return selections.flatMap((selection) => {
    if ('on' in selection) return selectedInputs(graph, selection.on, selection.selections);
    return membersOf(graph, type).flatMap((name) => {
      const field = findField(graph, name, selection.field);
      return field ? [field, ...selectedInputs(graph, namedType(field.type), selection.selections)] : [];
    });
  });
}

function membersOf(graph: DrawnGraph, type: string): readonly string[] {
  const name = namedType(type);
  return (graph.interfaces.get(name) ?? graph.unions.get(name))?.members ?? (graph.objects.has(name) ? [name] : []);
}

function standsOf({ interfaces }: DrawnGraph) {
  return [...interfaces.values()].flatMap(({ object }) => object ?? []);
}
