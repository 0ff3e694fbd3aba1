import type { ExecutablePlan, FetchNode, PathStep, PlanNode } from './executable-plan.ts';

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

function describeFetch({ subgraph, path, query, entities }: FetchNode, indent: string): string {
  const place = path.length > 0 ? ` for ${path.map(describeStep).join('.')}` : '';
  const inputs = entities
    ? ` by ${[...new Set(entities.conditions)]
        .map(
          (type) =>
            `${type} { ${entities
              .of(type)
              ?.fields.map(({ key }) => key)
              .join(' ')} }`,
        )
        .join(', ')}`
    : '';
  return `${subgraph}${place}${inputs}\n${indent}  ${query}`;
}

function describeStep(step: PathStep): string {
  if (step.kind === 'key') return step.key;
  return step.kind === 'list' ? '@' : `|${[...step.types].join()}|`;
}
