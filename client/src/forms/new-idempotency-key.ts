/** 128 random bits as hexadecimal digits. `crypto.randomUUID` would do, but browsers give it to secure origins only. */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
