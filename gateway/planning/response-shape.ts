import {
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionNode,
} from 'graphql';
import type { PlannableOperation } from './plannable-operation.ts';

/** The fields of an answer on objects of one type, in the order of the selection, with @skip and @include settled. */
export interface ObjectShape {
  readonly typeName: string;
  /** False: the object's own type is not known, only an interface or union that it belongs to. */
  readonly isObjectType: boolean;
  readonly fields: readonly FieldShape[];
  /** True when a response name is `__proto__`: a plain object could not hold it. */
  readonly needsNullPrototype: boolean;
}

export interface FieldShape {
  /** In the answer. */
  readonly responseName: string;
  /** In the merged data. */
  readonly key: string;
  readonly source: 'data' | 'typename' | 'introspection';
  /** `Type.field`, for messages. */
  readonly coordinate: string;
  readonly type: TypeShape;
}

export type TypeShape = LeafShape | ListShape | CompositeShape;

export interface LeafShape {
  readonly kind: 'leaf';
  readonly nonNull: boolean;
  readonly typeName: string;
  /** `any`: a custom scalar, passed on as it came. */
  readonly accepts: 'any' | 'string' | 'id' | 'integer' | 'float' | 'boolean' | ReadonlySet<string>;
}

export interface ListShape {
  readonly kind: 'list';
  readonly nonNull: boolean;
  readonly of: TypeShape;
}

export interface CompositeShape {
  readonly kind: 'composite';
  readonly nonNull: boolean;
  readonly selection: CompositeSelection;
}

/** What is selected of an object type, an interface or a union. Shapes are worked out when the first object of a type comes by. */
export class CompositeSelection {
  /** Set when the type is an object type: every object has this shape. */
  readonly objectType: string | undefined;
  readonly typeName: string;
  readonly #type: GraphQLCompositeType;
  readonly #sets: readonly (readonly SelectionNode[])[];
  readonly #compiler: ShapeCompiler;
  readonly #shapes = new Map<string, ObjectShape>();
  #only: ObjectShape | undefined;

  constructor(type: GraphQLCompositeType, sets: readonly (readonly SelectionNode[])[], compiler: ShapeCompiler) {
    this.#type = type;
    this.typeName = type.name;
    this.objectType = isObjectType(type) ? type.name : undefined;
    this.#sets = sets;
    this.#compiler = compiler;
  }

  /** The shape of an object type's objects; of an abstract type: of an object whose type is not known, so only what is selected on the abstract type itself. */
  get declared(): ObjectShape {
    return (this.#only ??= this.#compiler.objectShape(this.#type, this.#sets));
  }

  /** @returns undefined when the type does not exist, is hidden, or cannot stand here */
  of(typeName: string): ObjectShape | undefined {
    const known = this.#shapes.get(typeName);
    if (known) return known;
    if (typeName === this.typeName) return this.declared;
    const type = this.#compiler.possibleType(this.#type, typeName);
    if (!type) return undefined;
    const shape = this.#compiler.objectShape(type, this.#sets);
    this.#shapes.set(typeName, shape);
    return shape;
  }
}

const MAX_VARIANTS = 64;

/** The value of a Boolean variable, by its planned name; `all`: whatever some value may include. */
type Condition = ((variable: string) => boolean) | 'all';

/** The root of an answer. One selection for each combination of the Booleans that @skip and @include ask for. */
export class RootSelection {
  readonly #compile: (isTrue: Condition) => CompositeSelection;
  readonly #conditions: readonly string[];
  readonly #variants = new Map<string, CompositeSelection>();

  constructor(schema: GraphQLSchema, { operation, names }: PlannableOperation) {
    const rootType = schema.getRootType(operation.operation);
    if (!rootType) throw new Error(`the schema has no ${operation.operation} type`);
    this.#conditions = [...conditionVariables(operation.selectionSet.selections)];
    this.#compile = (isTrue) => new CompositeSelection(rootType, [operation.selectionSet.selections], new ShapeCompiler(schema, names.responseNames, isTrue));
  }

  /** @param isTrue the value of a Boolean variable, by its planned name */
  select(isTrue: (variable: string) => boolean): ObjectShape {
    const values = this.#conditions.length === 0 ? '' : this.#conditions.map((variable) => (isTrue(variable) ? '1' : '0')).join('');
    let variant = this.#variants.get(values);
    if (!variant) {
      const settled = new Map(this.#conditions.map((variable, index) => [variable, values[index] === '1']));
      variant = this.#compile((variable) => settled.get(variable) === true);
      const [oldest] = this.#variants.keys();
      if (this.#variants.size >= MAX_VARIANTS && oldest !== undefined) this.#variants.delete(oldest);
      this.#variants.set(values, variant);
    }
    return variant.declared;
  }

  /** The root's fields whatever the variables say. */
  selectAll(): readonly FieldShape[] {
    return this.#compile('all').declared.fields;
  }
}

/** Follows the specification's CollectFields and MergeSelectionSets, once for each type instead of once for each object. */
class ShapeCompiler {
  readonly #schema: GraphQLSchema;
  readonly #responseNames: ReadonlyMap<string, string>;
  readonly #isTrue: Condition;

  constructor(schema: GraphQLSchema, responseNames: ReadonlyMap<string, string>, isTrue: Condition) {
    this.#schema = schema;
    this.#responseNames = responseNames;
    this.#isTrue = isTrue;
  }

  possibleType(declared: GraphQLCompositeType, typeName: string): GraphQLObjectType | GraphQLInterfaceType | undefined {
    const type = this.#schema.getType(typeName);
    if (!isObjectType(type) && !isInterfaceType(type)) return undefined; // an interface: what an @interfaceObject says of itself
    return isAbstractType(declared) && this.#schema.isSubType(declared, type) ? type : undefined;
  }

  objectShape(type: GraphQLCompositeType, sets: readonly (readonly SelectionNode[])[]): ObjectShape {
    const collected = new Map<string, FieldNode[]>();
    for (const set of sets) this.#collect(type, set, collected);
    const fields = [...collected].flatMap(([key, nodes]) => this.#fieldShape(type, key, nodes) ?? []);
    return { typeName: type.name, isObjectType: isObjectType(type), fields, needsNullPrototype: fields.some((field) => field.responseName === '__proto__') };
  }

  #collect(type: GraphQLCompositeType, selections: readonly SelectionNode[], collected: Map<string, FieldNode[]>): void {
    for (const selection of selections) {
      if (!this.#isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const nodes = collected.get(key);
        if (nodes) nodes.push(selection);
        else collected.set(key, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT && this.#applies(selection.typeCondition?.name.value, type)) {
        this.#collect(type, selection.selectionSet.selections, collected);
      }
    }
  }

  #isIncluded(selection: SelectionNode): boolean {
    for (const { name, arguments: args } of selection.directives ?? []) {
      const value = args?.[0]?.value;
      const isTrue = value?.kind === Kind.BOOLEAN ? value.value : value?.kind === Kind.VARIABLE && this.#isTrue !== 'all' ? this.#isTrue(value.name.value) : undefined;
      if (isTrue === undefined) continue;
      if (name.value === 'skip' && isTrue) return false;
      if (name.value === 'include' && !isTrue) return false;
    }
    return true;
  }

  #applies(condition: string | undefined, type: GraphQLCompositeType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const conditionType = this.#schema.getType(condition);
    return isAbstractType(conditionType) && !isUnionType(type) && this.#schema.isSubType(conditionType, type);
  }

  #fieldShape(type: GraphQLCompositeType, key: string, nodes: readonly FieldNode[]): FieldShape | undefined {
    const [first] = nodes;
    if (!first) return undefined;
    const name = first.name.value;
    const field = this.#fieldDefinition(type, name);
    if (!field) return undefined; // a field of a subtype, on an object whose type is not known
    const source = name === '__typename' ? 'typename' : name === '__schema' || name === '__type' ? 'introspection' : 'data';
    return {
      responseName: this.#responseNames.get(key) ?? key,
      key,
      source,
      coordinate: `${type.name}.${name}`,
      type: this.#typeShape(field.type, nodes),
    };
  }

  #fieldDefinition(type: GraphQLCompositeType, name: string): GraphQLField<unknown, unknown> | undefined {
    if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
    if (type === this.#schema.getQueryType()) {
      if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
      if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    }
    return isUnionType(type) ? undefined : type.getFields()[name];
  }

  #typeShape(type: GraphQLField<unknown, unknown>['type'], nodes: readonly FieldNode[]): TypeShape {
    const nonNull = isNonNullType(type);
    const nullable: GraphQLOutputType = getNullableType(type);
    if (isListType(nullable)) return { kind: 'list', nonNull, of: this.#typeShape(nullable.ofType, nodes) };
    const named = getNamedType(nullable);
    if (isCompositeType(named)) {
      const sets = nodes.flatMap((node) => (node.selectionSet ? [node.selectionSet.selections] : []));
      return { kind: 'composite', nonNull, selection: new CompositeSelection(named, sets, this) };
    }
    return { kind: 'leaf', nonNull, typeName: named.name, accepts: acceptedBy(named) };
  }
}

function acceptedBy(type: GraphQLLeafType): LeafShape['accepts'] {
  if (isEnumType(type)) return new Set(type.getValues().map((value) => value.name));
  if (!isSpecifiedScalarType(type)) return 'any';
  const accepted = { ID: 'id', Int: 'integer', Float: 'float', Boolean: 'boolean', String: 'string' } as const;
  return accepted[type.name as keyof typeof accepted];
}

function* conditionVariables(selections: readonly SelectionNode[], seen = new Set<string>()): Generator<string> {
  for (const selection of selections) {
    for (const directive of selection.directives ?? []) {
      const value = directive.arguments?.[0]?.value;
      if (value?.kind !== Kind.VARIABLE || !['skip', 'include'].includes(directive.name.value) || seen.has(value.name.value)) continue;
      seen.add(value.name.value);
      yield value.name.value;
    }
    if ('selectionSet' in selection && selection.selectionSet) yield* conditionVariables(selection.selectionSet.selections, seen);
  }
}
