/** One operation at the gateway. @throws Error with what it answered when that is an error */
export async function ask<Data>(port: number, query: string, variables: Record<string, unknown> = {}): Promise<Data> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as { data?: Data; errors?: unknown };
  if (answer.errors || !answer.data) throw new Error(`the gateway answered ${JSON.stringify(answer.errors)}`);
  return answer.data;
}
