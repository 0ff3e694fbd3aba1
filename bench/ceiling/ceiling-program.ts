/**
 * What a gateway would cost without GraphQL: `node ceiling-program.js WORKLOAD {"accounts":"http://…",…}`. A server on `node:http` that knows one workload,
 * makes the same requests to subgraphs as a plan does and answers with the same bytes. Nothing is parsed, validated, planned or checked.
 */
import { createServer } from 'node:http';
import type { SubgraphName } from '../graph/subgraph-names.ts';
import { answerDeep } from './answer-deep.ts';
import { answerRotation, answerSmall } from './answer-product.ts';
import { answerWide } from './answer-wide.ts';
import type { CeilingAnswer, CeilingRequest } from './ceiling-answer.ts';
import { serveFanOut } from './serve-fan-out.ts';
import { createSubgraphCall } from './subgraph-call.ts';

const ANSWERS: Readonly<Record<string, CeilingAnswer>> = {
  small: answerSmall,
  deep: answerDeep,
  wide: answerWide,
  rotation: answerRotation,
};

const workload = process.argv[2] ?? '';
const urls = JSON.parse(process.argv[3] ?? '{}') as Record<SubgraphName, string>;
const answer = ANSWERS[workload];
if (!answer && workload !== 'fan-out') throw new Error(`no program is written for the workload ${workload}`);
const calls = {
  accounts: createSubgraphCall(urls.accounts),
  products: createSubgraphCall(urls.products),
  reviews: createSubgraphCall(urls.reviews),
  inventory: createSubgraphCall(urls.inventory),
};

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const [first] = chunks;
    const body = (chunks.length === 1 && first ? first : Buffer.concat(chunks)).toString();
    const send = (status: number, text: string): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      response.end(text);
    };
    if (!answer || body === PROBE) return send(200, '{"data":{"__typename":"Query"}}');
    answer(JSON.parse(body) as CeilingRequest, calls).then(
      (text) => send(200, text),
      (error: unknown) => send(500, JSON.stringify({ errors: [{ message: String(error) }] })),
    );
  });
});
const PROBE = '{"query":"{ __typename }"}';
server.keepAliveTimeout = 300_000;
if (workload === 'fan-out') serveFanOut(server, urls.reviews, calls.accounts);
server.listen(0, '127.0.0.1');
process.on('disconnect', () => process.exit(0));
