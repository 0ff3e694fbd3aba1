import { describe, expect, it } from '@jest/globals';
import { acceptsHtml, negotiate } from '../../../../gateway/transports/negotiate.ts';

const JSON_TYPE = 'application/json';
const RESPONSE = 'application/graphql-response+json';
const SSE = 'text/event-stream';
const MULTIPART = 'multipart/mixed';

describe('negotiation of the response type', () => {
  it.each([
    [undefined, { json: JSON_TYPE, stream: SSE, preferred: JSON_TYPE }],
    ['*/*', { json: JSON_TYPE, stream: SSE, preferred: JSON_TYPE }],
    ['', { json: undefined, stream: undefined, preferred: undefined }],
    [JSON_TYPE, { json: JSON_TYPE, stream: undefined, preferred: JSON_TYPE }],
    ['APPLICATION/JSON', { json: JSON_TYPE, stream: undefined, preferred: JSON_TYPE }],
    [RESPONSE, { json: RESPONSE, stream: undefined, preferred: RESPONSE }],
    [`${RESPONSE}, ${JSON_TYPE}`, { json: RESPONSE, stream: undefined, preferred: RESPONSE }],
    [`${JSON_TYPE}, ${RESPONSE}`, { json: JSON_TYPE, stream: undefined, preferred: JSON_TYPE }],
    [`${JSON_TYPE};q=0.5, ${RESPONSE};q=0.6`, { json: RESPONSE, stream: undefined, preferred: RESPONSE }],
    [`${RESPONSE}, */*`, { json: RESPONSE, stream: SSE, preferred: RESPONSE }],
    [`*/*, ${RESPONSE};q=0.9`, { json: JSON_TYPE, stream: SSE, preferred: JSON_TYPE }],
    [`${JSON_TYPE};q=0, */*`, { json: RESPONSE, stream: SSE, preferred: RESPONSE }],
    ['application/*', { json: JSON_TYPE, stream: undefined, preferred: JSON_TYPE }],
    ['text/*', { json: undefined, stream: SSE, preferred: SSE }],
    [SSE, { json: undefined, stream: SSE, preferred: SSE }],
    [`${SSE}, ${JSON_TYPE}`, { json: JSON_TYPE, stream: SSE, preferred: JSON_TYPE }],
    [`${SSE}, ${JSON_TYPE};q=0.5`, { json: JSON_TYPE, stream: SSE, preferred: SSE }],
    [MULTIPART, { json: undefined, stream: undefined, preferred: undefined }],
    ['multipart/*', { json: undefined, stream: undefined, preferred: undefined }],
    [`${MULTIPART};subscriptionSpec=2.0`, { json: undefined, stream: undefined, preferred: undefined }],
    [`${MULTIPART};subscriptionSpec=1.0`, { json: undefined, stream: MULTIPART, preferred: MULTIPART }],
    [`${MULTIPART};boundary="a,b;c";SubscriptionSpec="1.0"`, { json: undefined, stream: MULTIPART, preferred: MULTIPART }],
    [
      `${MULTIPART};boundary=graphql;subscriptionSpec=1.0,${RESPONSE},${JSON_TYPE};q=0.9`,
      { json: RESPONSE, stream: MULTIPART, preferred: RESPONSE },
    ],
    [`${SSE}, ${MULTIPART}`, { json: undefined, stream: SSE, preferred: SSE }],
    [`${MULTIPART};subscriptionSpec=1.0, ${SSE}`, { json: undefined, stream: MULTIPART, preferred: MULTIPART }],
    ['image/png', { json: undefined, stream: undefined, preferred: undefined }],
    [`${JSON_TYPE};q=nonsense`, { json: JSON_TYPE, stream: undefined, preferred: JSON_TYPE }],
    [',;,=,"', { json: undefined, stream: undefined, preferred: undefined }],
  ])('%s', (accept, expected) => {
    expect(negotiate(accept)).toEqual(expected);
  });

  it('remembers headers, but not without bound', () => {
    for (let count = 0; count < 1_000; count += 1) negotiate(`application/json;v=${count}`);

    expect(negotiate('application/json;v=0')).toEqual(negotiate(JSON_TYPE));
  });

  it.each(['"', '","', ',;q=', ';a="', '"\\', '; ', ';a=\\'])('takes 16 kB of %j in its stride', (nonsense) => {
    const startedAt = performance.now();

    negotiate(nonsense.repeat(16_000 / nonsense.length));

    expect(performance.now() - startedAt).toBeLessThan(200);
  });

  it('knows a browser by what it likes to see', () => {
    expect(acceptsHtml('text/html,application/xhtml+xml,*/*;q=0.8')).toBe(true);
    expect(acceptsHtml('*/*')).toBe(false);
    expect(acceptsHtml('text/html;q=0')).toBe(false);
    expect(acceptsHtml(undefined)).toBe(false);
  });
});
