/** A field that the schema has and that no subgraph can be asked for from where it is selected. The message is the field's coordinate, or its name. */
export class UnreachableField extends Error {}
