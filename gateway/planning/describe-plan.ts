import type { BatchNode, ExecutablePlan, FetchNode, PathStep, PlanNode } from './executable-plan.ts';

/** A plan as text that a person can read: who is asked what, in which order, and where the answers go. */
export function describePlan({ node, subscription }: ExecutablePlan): string {
  if (!subscription) return node ? describeNode(node, '') : 'nothing is fetched';
  const cursor = subscription.cursor ? `, continued by $${subscription.cursor.variable}` : '';
  const rest = subscription.rest ? `\nfor each event\n${describeNode(subscription.rest, '  ')}` : '';
  return `subscribe to ${describeFetch(subscription.primary, '')}${cursor}${rest}`;
}

function describeNode(node: PlanNode, indent: string): string {
  const inside = `${indent}  `;
  switch (node.kind) {
    case 'fetch':
      return `${indent}${describeFetch(node, indent)}`;
    case 'batch':
      return `${indent}${describeBatch(node, indent)}`;
    case 'sequence':
      return node.nodes.map((child) => describeNode(child, indent)).join(`\n${indent}then\n`);
    case 'parallel':
      return `${indent}at once\n${node.nodes.map((child) => describeNode(child, inside)).join('\n')}`;
    case 'condition': {
      const branches = [
        node.whenTrue && `${indent}if $${node.variable}\n${describeNode(node.whenTrue, inside)}`,
        node.whenFalse && `${indent}if not $${node.variable}\n${describeNode(node.whenFalse, inside)}`,
      ];
      return branches.filter(Boolean).join('\n');
    }
  }
}

function describeFetch(fetch: FetchNode, indent: string): string {
  return `${fetch.subgraph}${describePlaces(fetch)}\n${indent}  ${fetch.query}`;
}

function describeBatch({ subgraph, query, parts }: BatchNode, indent: string): string {
  return `${subgraph}${parts.map(({ alias, fetch }) => `\n${indent}  ${alias}${describePlaces(fetch)}`).join('')}\n${indent}  ${query}`;
}

function describePlaces({ path, otherPaths = [], entities }: FetchNode): string {
  const places = [path, ...otherPaths].filter(({ length }) => length > 0).map((steps) => steps.map(describeStep).join('.'));
  const place = places.length > 0 ? ` for ${places.join(' and ')}` : '';
  if (!entities) return place;
  const inputs = [...new Set(entities.conditions)].map(
    (type) =>
      `${type} { ${entities
        .of(type)
        ?.fields.map(({ key }) => key)
        .join(' ')} }`,
  );
  return `${place} by ${inputs.join(', ')}`;
}

function describeStep(step: PathStep): string {
  if (step.kind === 'key') return step.key;
  return step.kind === 'list' ? '@' : `|${[...step.types].join()}|`;
}
