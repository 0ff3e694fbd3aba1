import { availableParallelism } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { applyCommandLine } from '../../../gateway/command-line.ts';
import { readGatewayConfig } from '../../../gateway/config.ts';

const problemsOf = (work: () => unknown): readonly string[] => {
  try {
    work();
    return [];
  } catch (error) {
    return (error as { problems: readonly string[] }).problems;
  }
};

describe("the gateway's configuration", () => {
  it('has a default for everything', () => {
    expect(readGatewayConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 4000,
      path: '/graphql',
      supergraph: 'supergraph.yaml',
      subgraphTimeoutMs: 10_000,
      maxBodyBytes: 1_048_576,
      introspection: true,
      landingPage: 'sandbox',
      corsOrigins: ['https://studio.apollographql.com'],
      csrf: 'browsers',
      forwardHeaders: ['authorization', 'traceparent', 'tracestate'],
      log: { level: 'info', format: 'text' },
    });
  });

  it('lists every problem at once, the unknown variable among them', () => {
    const problems = problemsOf(() =>
      readGatewayConfig({
        GATEWAY_PROT: '1',
        GATEWAY_PORT: 'x',
        GATEWAY_PATH: 'graphql',
        GATEWAY_CORS_ORIGINS: 'example.com',
        GATEWAY_FORWARD_HEADERS: 'authorization,host',
        GATEWAY_INTROSPECTION: 'yes',
      }),
    );

    expect(problems).toHaveLength(6);
    expect(problems[0]).toContain('GATEWAY_PROT is not a variable that exists');
  });

  it('reads how many workers there are, and refuses several with the callback protocol', () => {
    expect(readGatewayConfig({}).workers).toBe(1);
    expect(readGatewayConfig({ GATEWAY_WORKERS: '3' }).workers).toBe(3);
    expect(readGatewayConfig({ GATEWAY_WORKERS: 'auto' }).workers).toBe(availableParallelism());
    for (const GATEWAY_WORKERS of ['0', '-1', '1.5', 'all']) {
      expect(problemsOf(() => readGatewayConfig({ GATEWAY_WORKERS }))[0]).toContain('must be auto or a whole number');
    }
    expect(problemsOf(() => readGatewayConfig({ GATEWAY_WORKERS: '2', GATEWAY_CALLBACK_URL: 'http://10.0.0.7' }))[0]).toContain(
      'would not reach the worker that subscribed',
    );
  });

  it('reads how each subgraph takes subscriptions', () => {
    const { subscriptions, callbackUrl } = readGatewayConfig({
      GATEWAY_SUBSCRIPTIONS: 'reviews=callback, stock=sse:https://stock.example:8443/stream,graphql-ws',
      GATEWAY_CALLBACK_URL: 'http://10.0.0.7:4000/',
    });

    expect(callbackUrl).toBe('http://10.0.0.7:4000');
    expect(subscriptions.others).toEqual({ protocol: 'graphql-ws' });
    expect(Object.fromEntries(subscriptions.named)).toEqual({
      reviews: { protocol: 'callback' },
      stock: { protocol: 'sse', url: 'https://stock.example:8443/stream' },
    });
  });

  it.each([
    ['soap', 'must name one of auto, graphql-transport-ws'],
    ['a=sse,a=auto', 'must name each subgraph once'],
    ['sse,auto', 'one protocol at most'],
    ['sse:http://a', 'must name the subgraph'],
    ['a=sse:file:///x', 'must give a URL'],
    ['a=callback', 'GATEWAY_CALLBACK_URL is not set'],
  ])('refuses the protocols %s', (value, problem) => {
    expect(problemsOf(() => readGatewayConfig({ GATEWAY_SUBSCRIPTIONS: value })).join()).toContain(problem);
  });

  it('reads lists, in which none stands for nothing', () => {
    const config = readGatewayConfig({ GATEWAY_CORS_ORIGINS: 'https://a.example, http://b.example:8080', GATEWAY_FORWARD_HEADERS: 'none' });

    expect(config.corsOrigins).toEqual(['https://a.example', 'http://b.example:8080']);
    expect(config.forwardHeaders).toEqual([]);
    expect(readGatewayConfig({ GATEWAY_FORWARD_HEADERS: 'X-Tenant' }).forwardHeaders).toEqual(['x-tenant']);
  });
});

describe("the gateway's command line", () => {
  it('stands before the environment', () => {
    expect(
      applyCommandLine(['--supergraph', 'a.graphql', '--port', '1', '--host', 'h', '--path', '/p'], { GATEWAY_PORT: '2', OTHER: 'x' }),
    ).toEqual({
      SUPERGRAPH: 'a.graphql',
      GATEWAY_PORT: '1',
      GATEWAY_HOST: 'h',
      GATEWAY_PATH: '/p',
      OTHER: 'x',
    });
  });

  it('leaves the environment as it is where it says nothing', () => {
    expect(applyCommandLine([], { GATEWAY_PORT: '2' })).toEqual({ GATEWAY_PORT: '2' });
  });

  it('gives no environment when help is asked for', () => {
    expect(applyCommandLine(['-h'], {})).toBeUndefined();
  });

  it.each([[['--supergrph', 'x']], [['file.graphql']], [['--port']]])('refuses %j in one line', (args) => {
    const [problem, ...others] = problemsOf(() => applyCommandLine(args, {}));

    expect(problem).toMatch(/try --help$/);
    expect(others).toEqual([]);
  });
});
