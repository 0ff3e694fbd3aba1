/** The fields of an answer on objects of one type, in the order of the selection, with @skip and @include settled. */
export interface ObjectShape {
  readonly typeName: string;
  /** False: the object's own type is not known, only an interface or union that it belongs to. */
  readonly isObjectType: boolean;
  /** False: fields of the object's own type were selected too, and nobody knows whether they belong to it. */
  readonly isWhole: boolean;
  readonly fields: readonly FieldShape[];
  /** Fragments on such objects whose fields come later; mostly none. */
  readonly deferred: readonly DeferredShape[];
  /** True when a response name is `__proto__`: a plain object could not hold it. */
  readonly needsNullPrototype: boolean;
}

export interface DeferredShape {
  /** In the plannable operation. */
  readonly label: string;
  readonly selection: CompositeSelection;
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
  readonly typeName: string;
  /** True when the type is an object type: every object has the declared shape. */
  readonly isObjectType: boolean;
  readonly #shapeOf: (typeName: string) => ObjectShape | undefined;
  readonly #shapes = new Map<string, ObjectShape>();
  #declared: ObjectShape | undefined;

  /**
   * @param options.shapeOf works out the shape of a type that may stand here, the selection's own type among them
   */
  constructor(options: { typeName: string; isObjectType: boolean; shapeOf: (typeName: string) => ObjectShape | undefined }) {
    this.typeName = options.typeName;
    this.isObjectType = options.isObjectType;
    this.#shapeOf = options.shapeOf;
  }

  /** The shape of an object type's objects; of an abstract type: of an object whose type is not known, so only what is selected on the abstract type itself. */
  get declared(): ObjectShape {
    if (this.#declared) return this.#declared;
    const shape = this.#shapeOf(this.typeName);
    if (!shape) throw new Error(`${this.typeName} has no shape`);
    return (this.#declared = shape);
  }

  /** @returns undefined when the type does not exist, is hidden, or cannot stand here */
  of(typeName: string): ObjectShape | undefined {
    const known = this.#shapes.get(typeName);
    if (known) return known;
    const shape = this.#shapeOf(typeName);
    if (shape) this.#shapes.set(typeName, shape);
    return shape;
  }
}
