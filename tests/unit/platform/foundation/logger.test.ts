import { describe, expect, it } from '@jest/globals';
import { maskUrl } from '../../../../platform/foundation/logger.ts';

describe('masking a URL', () => {
  it.each([
    ['postgres://me:secret@host:5432/shop', 'postgres://me:***@host:5432/shop'],
    ['amqp://a:one@h1,amqp://b:two@h2', 'amqp://a:***@h1,amqp://b:***@h2'],
    ['amqp://a:one@h1/v,amqp://b:two@h2/v', 'amqp://a:***@h1/v,amqp://b:***@h2/v'],
    ['postgres://me:p@ss@w0rd@host/shop', 'postgres://me:***@host/shop'],
    ['postgres://:secret@host', 'postgres://:***@host'],
    ['postgres://me@host/shop', 'postgres://me@host/shop'],
    ['http://host:80/a@b', 'http://host:80/a@b'],
    ['cannot reach amqp://a:one@h1 and amqp://b:two@h2', 'cannot reach amqp://a:***@h1 and amqp://b:***@h2'],
  ])('%s becomes %s', (url, masked) => {
    expect(maskUrl(url)).toBe(masked);
  });
});
