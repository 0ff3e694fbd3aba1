import { randomUUID } from 'node:crypto';

export interface PoisonMessage {
  /** Whose queue it goes to. */
  readonly to: 'payments' | 'users';
  /** The code that its reason must begin with. */
  readonly code: 'MESSAGE_MALFORMED' | 'MESSAGE_TYPE_UNKNOWN' | 'MESSAGE_CONTRADICTS' | 'PAYMENT_UNKNOWN';
  readonly what: string;
  readonly body: Buffer;
  readonly messageId: string;
}

type Data = Readonly<Record<string, unknown>>;

/**
 * One message of every kind that nobody can handle.
 * @param known the data of a request that was handled; with it also those that contradict what is known
 */
export function createPoison(known?: Data): PoisonMessage[] {
  const id = randomUUID();
  const data = { paymentId: id, userId: '1', amount: '1.00', currency: 'MXN', requestedAt: new Date().toISOString(), description: null };
  const outcome = { ...data, processedAt: new Date().toISOString() };
  const request = (changes: object, more: object = {}): Buffer => toBody('payment.requested.v1', { ...data, ...changes }, more);
  const kinds: Omit<PoisonMessage, 'messageId'>[] = [
    { to: 'payments', code: 'MESSAGE_MALFORMED', what: 'nothing', body: Buffer.alloc(0) },
    { to: 'payments', code: 'MESSAGE_MALFORMED', what: 'not JSON', body: Buffer.from('{"specversion": "1.0", ') },
    { to: 'payments', code: 'MESSAGE_MALFORMED', what: 'not UTF-8', body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) },
    { to: 'payments', code: 'MESSAGE_MALFORMED', what: 'no envelope', body: Buffer.from(JSON.stringify(data)) },
    { to: 'payments', code: 'MESSAGE_MALFORMED', what: 'two megabytes', body: request({ description: 'x'.repeat(2_000_000) }) },
    { to: 'payments', code: 'MESSAGE_TYPE_UNKNOWN', what: 'an unknown version', body: toBody('payment.requested.v9', data) },
    { to: 'payments', code: 'MESSAGE_MALFORMED', what: 'no amount', body: request({ amount: undefined }) },
    { to: 'payments', code: 'MESSAGE_MALFORMED', what: 'a number for an amount', body: request({ amount: 1 }) },
    { to: 'payments', code: 'MESSAGE_MALFORMED', what: 'a negative amount', body: request({ amount: '-1.00' }) },
    { to: 'payments', code: 'MESSAGE_MALFORMED', what: 'too many digits', body: request({ amount: '1.005' }) },
    { to: 'payments', code: 'MESSAGE_MALFORMED', what: 'no such currency', body: request({ currency: 'XQQ' }) },
    { to: 'payments', code: 'MESSAGE_MALFORMED', what: 'another subject than payment', body: request({}, { subject: randomUUID() }) },
    { to: 'users', code: 'PAYMENT_UNKNOWN', what: 'the outcome of nothing', body: toBody('payment.processed.v1', outcome) },
    { to: 'users', code: 'MESSAGE_TYPE_UNKNOWN', what: 'a request for an outcome', body: request({}) },
  ];
  if (known) {
    const other = { ...known, amount: `${Number(known['amount']) + 1}.00`.replace(/^(\d+)(\.\d+)?\.00$/, '$1.00') };
    kinds.push(
      {
        to: 'payments',
        code: 'MESSAGE_CONTRADICTS',
        what: 'a known payment with another amount',
        body: toBody('payment.requested.v1', other),
      },
      {
        to: 'users',
        code: 'MESSAGE_CONTRADICTS',
        what: 'the outcome of a known payment with another amount',
        body: toBody('payment.processed.v1', { ...other, processedAt: new Date().toISOString() }),
      },
    );
  }
  return kinds.map((kind) => ({ ...kind, messageId: `poison-${randomUUID()}` }));
}

function toBody(type: string, data: Data, more: object = {}): Buffer {
  const subject = String(data['paymentId']);
  const time = new Date().toISOString();
  return Buffer.from(
    JSON.stringify({
      specversion: '1.0',
      id: randomUUID(),
      source: '/stranger',
      type,
      subject,
      time,
      datacontenttype: 'application/json',
      data,
      ...more,
    }),
  );
}
