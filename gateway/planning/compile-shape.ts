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
  type GraphQLLeafType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionNode,
} from 'graphql';
import { deferLabelOf } from './deferred-fragments.ts';
import type { PlannableOperation } from './plannable-operation.ts';
import { selectedNames, type SelectedNames } from './selected-names.ts';
import {
  CompositeSelection,
  type DeferredShape,
  type FieldShape,
  type LeafShape,
  type ObjectShape,
  type TypeShape,
} from './response-shape.ts';

const MAX_VARIANTS = 64;

/** The value of a Boolean variable, by its planned name; `all`: whatever some value may include. */
type Condition = ((variable: string) => boolean) | 'all';

type IsDeferred = (label: string) => boolean;
const NONE_IS_DEFERRED: IsDeferred = () => false;

/** The root of an answer. One selection for each combination of the Booleans that @skip and @include ask for. */
export class RootSelection {
  readonly #compile: (isTrue: Condition, isDeferred?: IsDeferred) => CompositeSelection;
  readonly #conditions: readonly string[];
  readonly #variants = new Map<string, CompositeSelection>();
  /** Of all types and under all conditions. */
  readonly names: SelectedNames;

  constructor(schema: GraphQLSchema, { operation, names, hidden }: PlannableOperation) {
    const rootType = schema.getRootType(operation.operation);
    if (!rootType) throw new Error(`the schema has no ${operation.operation} type`);
    this.names = selectedNames([operation.selectionSet.selections], names.responseNames);
    this.#conditions = [...conditionVariables(operation.selectionSet.selections)];
    this.#compile = (isTrue, isDeferred = NONE_IS_DEFERRED) =>
      new ShapeCompiler(schema, names.responseNames, hidden, isTrue, isDeferred).selectionOf(rootType, [operation.selectionSet.selections]);
  }

  /**
   * @param isTrue the value of a Boolean variable, by its planned name
   * @param deferred labels of the fragments that are not part of the answer itself; what they select is found in its `deferred` shapes
   */
  select(isTrue: (variable: string) => boolean, deferred?: ReadonlySet<string>): ObjectShape {
    const values = this.#conditions.length === 0 ? '' : this.#conditions.map((variable) => (isTrue(variable) ? '1' : '0')).join('');
    const key = deferred ? `${values} ${[...deferred].join()}` : values;
    let variant = this.#variants.get(key);
    if (!variant) {
      const settled = new Map(this.#conditions.map((variable, index) => [variable, values[index] === '1']));
      variant = this.#compile((variable) => settled.get(variable) === true, deferred && ((label) => deferred.has(label)));
      const [oldest] = this.#variants.keys();
      if (this.#variants.size >= MAX_VARIANTS && oldest !== undefined) this.#variants.delete(oldest);
      this.#variants.set(key, variant);
    }
    return variant.declared;
  }

  /** The root's fields whatever the variables say. */
  selectAll(): readonly FieldShape[] {
    return this.#compile('all').declared.fields;
  }
}

/** Nodes by response name; `isWhole`: no fragment was left out. */
interface Collected {
  readonly nodes: Map<string, FieldNode[]>;
  readonly deferred: DeferredShape[];
  isWhole: boolean;
}

/** Follows the specification's CollectFields and MergeSelectionSets, once for each type instead of once for each object. */
class ShapeCompiler {
  readonly #schema: GraphQLSchema;
  readonly #responseNames: ReadonlyMap<string, string>;
  readonly #hidden: ReadonlySet<FieldNode>;
  readonly #isTrue: Condition;
  readonly #isDeferred: IsDeferred;

  constructor(
    schema: GraphQLSchema,
    responseNames: ReadonlyMap<string, string>,
    hidden: ReadonlySet<FieldNode>,
    isTrue: Condition,
    isDeferred: IsDeferred,
  ) {
    this.#schema = schema;
    this.#responseNames = responseNames;
    this.#hidden = hidden;
    this.#isTrue = isTrue;
    this.#isDeferred = isDeferred;
  }

  selectionOf(type: GraphQLCompositeType, sets: readonly (readonly SelectionNode[])[]): CompositeSelection {
    return new CompositeSelection({
      typeName: type.name,
      isObjectType: isObjectType(type),
      shapeOf: (typeName) => {
        const actual = typeName === type.name ? type : this.#possibleType(type, typeName);
        return actual && this.#objectShape(actual, sets);
      },
    });
  }

  #selectsAny(selections: readonly SelectionNode[]): boolean {
    return selections.some(
      (selection) =>
        this.#isIncluded(selection) &&
        (selection.kind === Kind.FIELD || (selection.kind === Kind.INLINE_FRAGMENT && this.#selectsAny(selection.selectionSet.selections))),
    );
  }

  #possibleType(declared: GraphQLCompositeType, typeName: string): GraphQLCompositeType | undefined {
    const type = this.#schema.getType(typeName);
    if (!isObjectType(type) && !isInterfaceType(type)) return undefined; // an interface: what an @interfaceObject says of itself
    return isAbstractType(declared) && this.#schema.isSubType(declared, type) ? type : undefined;
  }

  #objectShape(type: GraphQLCompositeType, sets: readonly (readonly SelectionNode[])[]): ObjectShape {
    const collected: Collected = { nodes: new Map(), deferred: [], isWhole: true };
    for (const set of sets) this.#collect(type, set, collected);
    const fields = [...collected.nodes].flatMap(([key, nodes]) => this.#fieldShape(type, key, nodes) ?? []);
    return {
      typeName: type.name,
      isObjectType: isObjectType(type),
      isWhole: isObjectType(type) || collected.isWhole,
      fields,
      deferred: collected.deferred,
      needsNullPrototype: fields.some((field) => field.responseName === '__proto__'),
    };
  }

  #collect(type: GraphQLCompositeType, selections: readonly SelectionNode[], collected: Collected): void {
    for (const selection of selections) {
      if (!this.#isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        if (this.#hidden.has(selection)) continue;
        const key = selection.alias?.value ?? selection.name.value;
        const nodes = collected.nodes.get(key);
        if (nodes) nodes.push(selection);
        else collected.nodes.set(key, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (this.#applies(selection.typeCondition?.name.value, type)) {
          const label = deferLabelOf(selection);
          const { selections: inside } = selection.selectionSet;
          if (label !== undefined && this.#isDeferred(label))
            collected.deferred.push({ label, selection: this.selectionOf(type, [inside]) });
          else this.#collect(type, inside, collected);
        } else if (this.#selectsAny(selection.selectionSet.selections)) collected.isWhole = false;
      }
    }
  }

  #isIncluded(selection: SelectionNode): boolean {
    for (const { name, arguments: args } of selection.directives ?? []) {
      const value = args?.[0]?.value;
      const isTrue =
        value?.kind === Kind.BOOLEAN
          ? value.value
          : value?.kind === Kind.VARIABLE && this.#isTrue !== 'all'
            ? this.#isTrue(value.name.value)
            : undefined;
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
      return { kind: 'composite', nonNull, selection: this.selectionOf(named, sets) };
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
