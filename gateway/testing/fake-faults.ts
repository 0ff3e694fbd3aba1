import { isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';
import { setTimeout as delay } from 'node:timers/promises';

interface Fault {
  readonly error?: Error;
  readonly ms?: number;
  left: number;
}

/** Errors and delays that a test orders. A coordinate is `Type.field`, or `Type` for all fields of a type and for finding it as an entity. */
export interface FakeFaults {
  fail(coordinate: string, error: Error | string, times: number): void;
  delay(coordinate: string, ms: number, times: number): void;
  restore(): void;
  /** Waits and throws as ordered. */
  meet(typeName: string, field?: string): Promise<void>;
}

export function createFakeFaults(schema: GraphQLSchema): FakeFaults {
  const faults = new Map<string, Fault[]>();
  const add = (coordinate: string, fault: Fault): void => {
    check(schema, coordinate);
    faults.set(coordinate, [...(faults.get(coordinate) ?? []), fault]);
  };
  return {
    fail: (coordinate, error, times) => add(coordinate, { error: typeof error === 'string' ? new Error(error) : error, left: times }),
    delay: (coordinate, ms, times) => add(coordinate, { ms, left: times }),
    restore: () => faults.clear(),
    async meet(typeName, field) {
      if (faults.size === 0) return;
      const due = [typeName, ...(field === undefined ? [] : [`${typeName}.${field}`])]
        .flatMap((coordinate) => faults.get(coordinate) ?? [])
        .filter((fault) => fault.left > 0);
      for (const fault of due) fault.left -= 1;
      for (const { ms } of due) if (ms !== undefined) await delay(ms, undefined, { ref: false });
      for (const { error } of due) if (error) throw error;
    },
  };
}

function check(schema: GraphQLSchema, coordinate: string): void {
  const [typeName = '', field, ...more] = coordinate.split('.');
  const type = schema.getType(typeName);
  const expected = 'expected a coordinate such as User or User.name';
  if (!(isObjectType(type) || isInterfaceType(type)) || more.length > 0) throw new Error(`${expected}, got ${coordinate}`);
  if (field !== undefined && !Object.hasOwn(type.getFields(), field))
    throw new Error(`${expected}, got ${coordinate}; ${typeName} has ${Object.keys(type.getFields()).join(', ')}`);
}
