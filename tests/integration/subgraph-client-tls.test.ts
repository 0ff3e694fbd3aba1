import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const inSupport = (path: string): string => fileURLToPath(new URL(`../support/${path}`, import.meta.url));
const certificate = inSupport('fixtures/tls/test-only-certificate.pem');

describe('a subgraph over TLS', () => {
  it('is asked over kept connections when its certificate is trusted', async () => {
    await using server = await startTlsServer();

    const said = await ask(`https://localhost:${server.port}/`, { NODE_EXTRA_CA_CERTS: certificate });

    expect(said).toEqual([LARGE, LARGE]);
    expect(server.servernames).toEqual(['localhost']); // one connection for both
    expect(server.bodies.map((body) => (JSON.parse(body) as { variables: unknown }).variables)).toEqual(Array(2).fill({ name: 'Zoë' }));
  });

  it('gets nothing to read when its certificate is not trusted, or is that of another host', async () => {
    await using server = await startTlsServer();

    const [untrusted, elsewhere] = await Promise.all([
      ask(`https://localhost:${server.port}/`, {}),
      ask(`https://127.0.0.1:${server.port}/`, { NODE_EXTRA_CA_CERTS: certificate }),
    ]);

    expect(untrusted).toEqual(Array(2).fill('SUBGRAPH_UNAVAILABLE DEPTH_ZERO_SELF_SIGNED_CERT'));
    expect(elsewhere).toEqual(Array(2).fill('SUBGRAPH_UNAVAILABLE ERR_TLS_CERT_ALTNAME_INVALID'));
    expect(server.bodies).toEqual([]);
  });
});

/** More than one TLS record, so that the answer comes in pieces. */
const LARGE = 'é'.repeat(100_000);

async function startTlsServer() {
  const bodies: string[] = [];
  const servernames: unknown[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(
    { key: readFileSync(inSupport('fixtures/tls/test-only-key.pem')), cert: readFileSync(certificate) },
    (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        bodies.push(body);
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: { me: LARGE } }));
      });
    },
  );
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('secureConnection', (socket) => servernames.push(socket.servername));
  server.on('tlsClientError', () => undefined); // the client hangs up on what it does not trust
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    bodies,
    servernames,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function ask(url: string, env: Readonly<Record<string, string>>): Promise<unknown> {
  const hook = inSupport('run-typescript.mjs');
  const { stdout } = await run(process.execPath, ['--import', hook, inSupport('ask-over-tls.ts'), url], {
    env: { PATH: process.env['PATH'], ...env },
    maxBuffer: 8 * 1024 * 1024,
  });
  return JSON.parse(stdout);
}
