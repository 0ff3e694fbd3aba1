import {
  GraphQLNonNull,
  astFromValue,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredInputField,
  isSpecifiedScalarType,
  valueFromASTUntyped,
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLScalarType,
} from 'graphql';
import { fieldsOf, type Selection, type SelectionScope } from './selection.ts';

/** JSON Schema 2020-12, which is what OpenAPI 3.1 has. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const SPECIFIED: Readonly<Record<string, JsonSchema>> = {
  Int: { type: 'integer', minimum: -2_147_483_648, maximum: 2_147_483_647 },
  Float: { type: 'number' },
  String: { type: 'string' },
  Boolean: { type: 'boolean' },
  ID: { type: 'string' },
};

/** Makes JSON schemas of GraphQL types. Enums, scalars and input objects are named once, and referred to. */
export class JsonSchemas {
  /** What was referred to, by name. */
  readonly named = new Map<string, JsonSchema>();

  /** Of what an operation selects. */
  ofSelection({ type, sets }: Selection, scope: SelectionScope): JsonSchema {
    if (!isNonNullType(type)) return orNull(this.ofSelection({ type: new GraphQLNonNull(type), sets }, scope));
    const { ofType } = type;
    if (isListType(ofType)) return { type: 'array', items: this.ofSelection({ type: ofType.ofType, sets }, scope) };
    if (isObjectType(ofType)) return this.#ofObject(ofType, sets, scope);
    if (isAbstractType(ofType))
      return { anyOf: scope.schema.getPossibleTypes(ofType).map((possible) => this.#ofObject(possible, sets, scope)) };
    return this.#ofLeaf(ofType);
  }

  /** Of what a client sends. */
  ofInput(type: GraphQLInputType): JsonSchema {
    if (!isNonNullType(type)) return orNull(this.ofInput(new GraphQLNonNull(type)));
    const { ofType } = type;
    if (isListType(ofType)) return { type: 'array', items: this.ofInput(ofType.ofType) };
    return isInputObjectType(ofType) ? this.#ofInputObject(ofType) : this.#ofLeaf(ofType);
  }

  /** Of what a text in a path, a header or a query string may be: there is no null. */
  ofText(type: GraphQLInputType): JsonSchema {
    const nullable = getNullableType(type);
    if (isListType(nullable)) return { type: 'array', items: this.ofText(nullable.ofType) };
    return this.ofInput(new GraphQLNonNull(nullable));
  }

  #ofObject(type: GraphQLObjectType, sets: Selection['sets'], scope: SelectionScope): JsonSchema {
    const fields = [...fieldsOf(type, sets, scope)];
    const properties = fields.map(([name, field]) => {
      const schema = field.definition ? this.ofSelection(field, scope) : { const: type.name };
      return [name, described(schema, field.definition?.description)];
    });
    const required = fields.filter(([, { conditional }]) => !conditional).map(([name]) => name);
    return {
      title: type.name,
      type: 'object',
      properties: Object.fromEntries(properties) as JsonSchema,
      ...(required.length > 0 ? { required } : {}),
    };
  }

  #ofInputObject(type: GraphQLInputObjectType): JsonSchema {
    return this.#refer(type.name, () => {
      const fields = Object.values(type.getFields());
      const properties = fields.map((field) => {
        const node = field.defaultValue === undefined ? undefined : astFromValue(field.defaultValue, field.type);
        const schema = this.ofInput(field.type);
        return [field.name, described(node ? { ...schema, default: valueFromASTUntyped(node) } : schema, field.description)];
      });
      const required = fields.filter(isRequiredInputField).map(({ name }) => name);
      return described(
        {
          type: 'object',
          properties: Object.fromEntries(properties) as JsonSchema,
          additionalProperties: false,
          ...(required.length > 0 ? { required } : {}),
        },
        type.description,
      );
    });
  }

  #ofLeaf(type: GraphQLScalarType | GraphQLEnumType): JsonSchema {
    if (isEnumType(type)) {
      return this.#refer(type.name, () => {
        const values = type.getValues();
        const lines = values.map(({ name, description }) => `- \`${name}\`${description ? `: ${description}` : ''}`);
        return { type: 'string', enum: values.map(({ name }) => name), description: [type.description ?? '', ...lines].join('\n').trim() };
      });
    }
    if (isSpecifiedScalarType(type)) return SPECIFIED[type.name] ?? {};
    // GraphQL does not say what a custom scalar is in JSON.
    return this.#refer(type.name, () => ({
      title: type.name,
      ...(type.description ? { description: type.description } : {}),
      ...(type.specifiedByURL ? { externalDocs: { url: type.specifiedByURL } } : {}),
    }));
  }

  #refer(name: string, make: () => JsonSchema): JsonSchema {
    if (!this.named.has(name)) {
      this.named.set(name, {}); // an input object may hold itself
      this.named.set(name, make());
    }
    return { $ref: `#/components/schemas/${name}` };
  }
}

export function described(schema: JsonSchema, description: string | null | undefined): JsonSchema {
  return description ? { ...schema, description } : schema;
}

function orNull(schema: JsonSchema): JsonSchema {
  return typeof schema['type'] === 'string' && !('enum' in schema)
    ? { ...schema, type: [schema['type'], 'null'] }
    : { anyOf: [schema, { type: 'null' }] };
}
