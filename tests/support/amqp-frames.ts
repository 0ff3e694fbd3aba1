/** Method frames of AMQP 0-9-1 as a server sends them, for a proxy that speaks in its place. */
const [CONNECTION, BASIC] = [10, 60];

export function connectionClose(code: number, text: string): Buffer {
  return toFrame(CONNECTION, 50, Buffer.concat([toShort(code), toShortString(text), toShort(0), toShort(0)]));
}

export function connectionBlocked(reason: string): Buffer {
  return toFrame(CONNECTION, 60, toShortString(reason));
}

export function connectionUnblocked(): Buffer {
  return toFrame(CONNECTION, 61, Buffer.alloc(0));
}

/** Whether a client asks to consume the queue. */
export function isConsumeOf(queue: string, bytes: Buffer): boolean {
  return bytes.includes(Buffer.concat([toShort(BASIC), toShort(20), toShort(0), toShortString(queue)]));
}

function toFrame(classId: number, methodId: number, fields: Buffer): Buffer {
  const payload = Buffer.concat([toShort(classId), toShort(methodId), fields]);
  const head = Buffer.alloc(7);
  head.writeUInt8(1, 0); // a method
  head.writeUInt16BE(0, 1); // on channel 0
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
}

function toShort(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function toShortString(text: string): Buffer {
  return Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
}
