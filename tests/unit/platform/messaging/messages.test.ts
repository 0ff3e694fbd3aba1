import { describe, expect, it } from '@jest/globals';
import { parseCloudEvent, toForwardedMessage, toWireMessage, type CloudEvent } from '../../../../platform/messaging/messages.ts';

const event: CloudEvent<string, unknown> = {
  specversion: '1.0',
  id: '0199c2f0-0000-7000-8000-000000000001',
  source: '/paygraph/users',
  type: 'payment.requested.v1',
  subject: '0199c2f0-0000-7000-8000-000000000002',
  time: '2026-03-01T12:00:00.500Z',
  datacontenttype: 'application/json',
  data: { amount: '25.00', note: 'ñ €' },
};

const bytes = (value: unknown): { body: Buffer } => ({ body: Buffer.from(JSON.stringify(value)) });

describe('an event on the wire', () => {
  it('has its envelope in the body and the same facts in the properties', () => {
    const message = toWireMessage({ ...event, sequence: '7' }, { traceparent: '00-1-2-01' });

    expect(JSON.parse(message.body.toString())).toEqual({ ...event, sequence: '7' });
    expect(message).toMatchObject({
      contentType: 'application/cloudevents+json',
      messageId: event.id,
      correlationId: event.subject,
      type: 'payment.requested.v1',
      timestamp: Date.UTC(2026, 2, 1, 12) / 1_000,
      appId: 'users',
      headers: { traceparent: '00-1-2-01' },
    });
  });

  it('is read back as it was', () => {
    expect(parseCloudEvent(toWireMessage(event))).toEqual(event);
    expect(parseCloudEvent(toWireMessage({ ...event, sequence: '7' }))).toEqual({ ...event, sequence: '7' });
  });

  it('may carry attributes that we do not know, and may leave out the content type of its data', () => {
    const { datacontenttype: _, ...rest } = event;

    expect(parseCloudEvent(bytes({ ...rest, partitionkey: 'x' }))).toEqual(event);
  });

  it('may be from the future: clocks differ', () => {
    const time = '2999-01-01T00:00:00+02:00';

    expect(parseCloudEvent(bytes({ ...event, time })).time).toBe(time);
  });

  it.each([
    ['no bytes', Buffer.alloc(0), /not JSON/],
    ['bytes that are no text', Buffer.from([0x22, 0xff, 0x22]), /not JSON in UTF-8/],
    ['half a message', Buffer.from('{"specversion":'), /not JSON/],
    ['a number', Buffer.from('12'), /expected object/],
    ['null', Buffer.from('null'), /expected object/],
    ['a batch of events', Buffer.from(JSON.stringify([event])), /expected object/],
    ['another version of the envelope', bytes({ ...event, specversion: '2.0' }).body, /specversion/],
    ['no id', bytes({ ...event, id: undefined }).body, /id: /],
    ['an empty id', bytes({ ...event, id: '' }).body, /id: /],
    ['an id of the wrong kind', bytes({ ...event, id: 5 }).body, /id: /],
    ['an endless type', bytes({ ...event, type: 'x'.repeat(256) }).body, /type: /],
    ['a time that is none', bytes({ ...event, time: 'yesterday' }).body, /time: /],
    ['data in another format', bytes({ ...event, datacontenttype: 'text/xml' }).body, /datacontenttype: /],
    ['no data', bytes({ ...event, data: undefined }).body, /data: is missing/],
  ])('is refused with the reason when it is %s', (_what, body, reason) => {
    expect(() => parseCloudEvent({ body })).toThrow(
      expect.objectContaining({ code: 'MESSAGE_MALFORMED', message: expect.stringMatching(reason) }),
    );
  });

  it('names every problem of an envelope at once', () => {
    expect(() => parseCloudEvent(bytes({}))).toThrow(/specversion.*id.*source.*type.*subject.*time.*data/s);
  });

  it('cannot reach a prototype', () => {
    const parsed = parseCloudEvent({
      body: Buffer.from(JSON.stringify(event).replace('"data":{', '"__proto__":{"polluted":true},"data":{"__proto__":{"polluted":true},')),
    });

    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('a message that is published anew', () => {
  it('keeps body, properties and headers, except those that a broker added', () => {
    const received = {
      ...toWireMessage(event),
      headers: {
        traceparent: 't',
        'x-attempt': 2,
        'x-death': [{}],
        'x-first-death-queue': 'q',
        'x-last-death-reason': 'r',
        'x-delivery-count': 3,
        CC: ['elsewhere'],
      },
    };

    const forwarded = toForwardedMessage(received, { 'x-attempt': 3, traceparent: undefined, 'x-reason': 'why' });

    expect(forwarded).toEqual({ ...toWireMessage(event), headers: { 'x-attempt': 3, 'x-reason': 'why' } });
  });

  it('has empty properties where a stranger gave none', () => {
    const forwarded = toForwardedMessage({ body: Buffer.from('?'), headers: {} }, {});

    expect(forwarded).toEqual({
      body: Buffer.from('?'),
      contentType: '',
      messageId: '',
      correlationId: '',
      type: '',
      timestamp: 0,
      appId: '',
      headers: {},
    });
  });
});
