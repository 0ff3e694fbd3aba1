/** Those that say how a message is sent, and those that say what it is, are ours. */
const OURS = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Writes POSTs of JSON to one URL, head and body in one piece.
 * @returns a text to be sent as Latin-1, or bytes when the body has more than ASCII. @throws Error for a header that HTTP does not allow
 */
export function createRequestWriter(url: URL): (body: string, headers: Readonly<Record<string, string>>) => string | Buffer {
  const start = `POST ${url.pathname}${url.search} HTTP/1.1\r\n`;
  const fixed = 'content-type: application/json\r\naccept: application/graphql-response+json, application/json;q=0.9\r\n';
  const startWithHost = `${start}host: ${url.host}\r\n${fixed}`;
  return (body, headers) => {
    let head = Object.hasOwn(headers, 'host') ? start + fixed : startWithHost;
    for (const name in headers) {
      if (OURS.has(name)) continue;
      const value = headers[name];
      if (value === undefined) continue;
      if (!NAME.test(name) || !VALUE.test(value))
        throw new Error(`the header ${JSON.stringify(name)} has a name or a value that HTTP does not allow`);
      head += `${name}: ${value}\r\n`;
    }
    const length = Buffer.byteLength(body);
    head += `content-length: ${length}\r\n\r\n`;
    return length === body.length ? head + body : Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]);
  };
}
