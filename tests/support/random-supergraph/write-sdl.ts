import {
  isDeclared,
  type DrawnArgument,
  type DrawnField,
  type DrawnGraph,
  type DrawnKey,
  type DrawnObject,
  type DrawnSelection,
  type RootKind,
} from './drawn-graph.ts';

const IMPORTS = [
  '@key',
  '@requires',
  '@provides',
  '@external',
  '@override',
  '@shareable',
  '@inaccessible',
  '@interfaceObject',
  '@tag',
  '@context',
  '@fromContext',
];
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${IMPORTS.map((name) => `"${name}"`).join(', ')}])`;

/** What one subgraph's team would have written. */
export function writeSdl(graph: DrawnGraph, subgraph: string): string {
  const roots = graph.subgraphs.get(subgraph);
  const lines = [LINK, 'scalar Blob'];
  const rootTypes = (['Query', 'Mutation', 'Subscription'] as const).filter((kind) => graph.objects.get(kind)?.places.has(subgraph));
  if (roots?.Query !== 'Query' && rootTypes.length > 0)
    lines.push(`schema { ${rootTypes.map((kind) => `${kind.toLowerCase()}: ${roots?.[kind]}`).join(' ')} }`);
  for (const object of graph.objects.values()) if (object.places.has(subgraph)) lines.push(writeObject(graph, object, subgraph));
  for (const { name, fields, places, isEntity, object, members, above, implementing } of graph.interfaces.values()) {
    if (object?.places.has(subgraph)) lines.push(writeObject(graph, object, subgraph, ' @interfaceObject'));
    const here = places.get(subgraph);
    if (!here) continue;
    const objects = [...here].flatMap((member) => graph.objects.get(member) ?? []);
    const declared = fields.filter((field) => objects.every((member) => member.fields.get(field)?.homes.has(subgraph)));
    const [model] = members.flatMap((member) => graph.objects.get(member) ?? []);
    const own = declared
      .flatMap((field) => model?.fields.get(field) ?? [])
      .map((field) => `${field.name}${writeArguments(field.args)}: ${field.type}`);
    const parents = implementing.has(subgraph) ? ` implements ${above.join(' & ')}` : '';
    lines.push(`interface ${name}${parents}${isEntity ? ' @key(fields: "id")' : ''} {\n  ${own.join('\n  ')}\n}`);
  }
  for (const { name, places } of graph.unions.values()) {
    const members = places.get(subgraph);
    if (members) lines.push(`union ${name} = ${[...members].join(' | ')}`);
  }
  for (const { name, places, inaccessible } of graph.enums.values()) {
    const values = places.get(subgraph);
    if (values)
      lines.push(`enum ${name} { ${values.map((value) => (inaccessible.has(value) ? `${value} @inaccessible` : value)).join(' ')} }`);
  }
  for (const { name, fields, places } of graph.inputs.values()) {
    const place = places.get(subgraph);
    if (!place) continue;
    const own = fields.map((field) =>
      place.strict.has(field.name) && field.name !== 'inner' ? { ...field, type: `${field.type}!` } : field,
    );
    lines.push(`input ${name} { ${[...own, ...(place.own ? [place.own] : [])].map(writeArgument).join(' ')} }`);
  }
  return `${lines.join('\n')}\n`;
}

function writeObject(graph: DrawnGraph, object: DrawnObject, subgraph: string, directive = ''): string {
  const name = object.kind === 'root' ? (graph.subgraphs.get(subgraph)?.[object.name as RootKind] ?? object.name) : object.name;
  const interfaces = [...object.interfaces].filter(([, places]) => places.has(subgraph)).map(([interfaceName]) => interfaceName);
  const keys = (object.places.get(subgraph) ?? []).map(writeKey).join('');
  const context = object.contexts.get(subgraph);
  const fields = [...object.fields.values()].filter((field) => isDeclared(field, subgraph)).map((field) => writeField(field, subgraph));
  return `type ${name}${interfaces.length > 0 ? ` implements ${interfaces.join(' & ')}` : ''}${keys}${directive}${context ? ` @context(name: "${context}")` : ''} {\n  ${fields.join('\n  ')}\n}`;
}

function writeKey({ selection, resolvable }: DrawnKey): string {
  return ` @key(fields: ${JSON.stringify(writeSelections(selection))}${resolvable ? '' : ', resolvable: false'})`;
}

function writeField(field: DrawnField, subgraph: string): string {
  const { name, type, args, homes, requires, provides, override, fromContext } = field;
  const directives: string[] = [];
  const isHome = homes.has(subgraph);
  const provided = provides.get(subgraph);
  if (!isHome && override?.from !== subgraph) directives.push('@external');
  if (isHome && requires) directives.push(`@requires(fields: ${JSON.stringify(writeSelections(requires))})`);
  if (isHome && provided) directives.push(`@provides(fields: ${JSON.stringify(writeSelections(provided))})`);
  if (isHome && override)
    directives.push(`@override(from: "${override.from}"${override.label === undefined ? '' : `, label: "${override.label}"`})`);
  if (field.isShareable && isHome) directives.push('@shareable');
  if (field.isInaccessible && isHome) directives.push('@inaccessible');
  if (isHome && name.length % 3 === 0) directives.push('@tag(name: "team")');
  const context =
    fromContext && isHome
      ? [`${fromContext.argument}: String @fromContext(field: "$${fromContext.context} { ${fromContext.field} }")`]
      : [];
  const written = [...args.map(writeArgument), ...context];
  return `${name}${written.length > 0 ? `(${written.join(', ')})` : ''}: ${type}${directives.map((directive) => ` ${directive}`).join('')}`;
}

function writeArguments(args: readonly DrawnArgument[]): string {
  return args.length > 0 ? `(${args.map(writeArgument).join(', ')})` : '';
}

function writeArgument({ name, type, defaultValue }: DrawnArgument): string {
  return `${name}: ${type}${defaultValue === undefined ? '' : ` = ${defaultValue}`}`;
}

function writeSelections(selections: readonly DrawnSelection[]): string {
  return selections.map(writeSelection).join(' ');
}

function writeSelection(selection: DrawnSelection): string {
  if ('on' in selection) return `... on ${selection.on} { ${writeSelections(selection.selections)} }`;
  const args = Object.entries(selection.args ?? {}).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const below = selection.selections.length > 0 ? ` { ${writeSelections(selection.selections)} }` : '';
  return `${selection.field}${args.length > 0 ? `(${args.join(', ')})` : ''}${below}`;
}
