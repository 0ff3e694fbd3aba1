import { expect, it } from '@jest/globals';
import { toTransport } from '../../../../client/src/settings/transport.ts';

it('anything but a transport that we know is the default', () => {
  expect(['websocket', 'multipart', 'pigeon', null].map(toTransport)).toEqual(['websocket', 'multipart', 'multipart', 'multipart']);
});
