/** A process for tests of TLS, because which certificates are trusted is decided when a process starts: asks a URL twice, says what came as JSON. */
import { createHttpClient } from '../../gateway/subgraphs/http-client.ts';

const [url = ''] = process.argv.slice(2);
const client = createHttpClient({ name: 'users', url, timeoutMs: 10_000 });
const said: string[] = [];
for (let count = 0; count < 2; count += 1) {
  const answer = client.execute(
    { query: 'query { me }', kind: 'query', variables: { name: 'Zoë' } },
    { headers: {}, signal: new AbortController().signal },
  );
  said.push(
    await answer.then(
      ({ data }) => String(data?.['me']),
      (error: { code?: string; cause?: { code?: string } }) => `${error.code} ${error.cause?.code}`,
    ),
  );
}
process.stdout.write(`${JSON.stringify(said)}\n`);
await client.stop(Date.now() + 1_000);
