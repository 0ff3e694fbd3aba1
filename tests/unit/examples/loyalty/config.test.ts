import { describe, expect, it } from '@jest/globals';
import { readLoyaltyConfig } from '../../../../examples/loyalty/config.ts';

const LEAST = { LOYALTY_DATABASE_URL: 'postgres://user:password@db/loyalty' };

describe('the environment of loyalty', () => {
  it('needs a database and nothing else', () => {
    expect(readLoyaltyConfig(LEAST)).toMatchObject({ port: 4003, amqpUrls: [], graphUrl: 'http://127.0.0.1:4000/graphql' });
  });

  it('may name a RabbitMQ, or the nodes of a cluster', () => {
    expect(readLoyaltyConfig({ ...LEAST, AMQP_URL: 'amqp://one, amqps://two' }).amqpUrls).toEqual(['amqp://one', 'amqps://two']);
  });

  it('may say that there is no RabbitMQ, as npm start does', () => {
    expect(readLoyaltyConfig({ ...LEAST, AMQP_URL: 'memory:' }).amqpUrls).toEqual([]);
  });

  it('has LOYALTY_URL, which belongs to supergraph.yaml, and refuses what is misspelt, with every problem in one list and no secret', () => {
    const env = { LOYALTY_URL: 'http://x', LOYALTY_PROT: '1', AMQP_URL: 'http://:secret@x', LOYALTY_GRAPH_URL: 'ftp://x' };
    const read = (): unknown => readLoyaltyConfig(env);

    expect(read).toThrow(/LOYALTY_PROT is not a variable/);
    expect(read).toThrow(/LOYALTY_DATABASE_URL is not set/);
    expect(read).toThrow(/AMQP_URL=\*\*\* must be URLs/);
    expect(read).toThrow(/LOYALTY_GRAPH_URL=ftp:\/\/x must be a URL/);
    expect(read).not.toThrow(/secret|LOYALTY_URL is/);
  });
});
