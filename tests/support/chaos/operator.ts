import { ask } from '../graphql-client.ts';

const REASON = 'nobody can handle it';

/** Sends what is set aside back to where it was, the oldest first. @throws Error when it was refused, or nobody answers */
export async function redrive(url: string, limit: number): Promise<void> {
  await ask(url, 'mutation ($limit: Int!) { redriveDeadLetters(limit: $limit) { deadLettered } }', { limit });
}

/** Throws the message away that was set aside first. @throws Error when there is none, it was refused, or nobody answers */
export async function discardOldest(url: string): Promise<void> {
  const { deadLetters } = await ask<{ deadLetters: { nodes: { id: string }[] } }>(url, '{ deadLetters(first: 1) { nodes { id } } }');
  const [oldest] = deadLetters.nodes;
  if (!oldest) throw new Error('nothing is set aside');
  const query = 'mutation ($id: ID!, $reason: String!) { discardDeadLetter(id: $id, reason: $reason) { deadLettered } }';
  await ask(url, query, { id: oldest.id, reason: REASON });
}
