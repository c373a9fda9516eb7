import { expect, test } from 'vitest';
import { bytesField, integerField, message } from '../../../bench/speed/rivals/protobuf.ts';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

test('the examples of https://protobuf.dev/programming-guides/encoding', () => {
  expect(hex(integerField(1, 150))).toBe('089601');
  expect(hex(bytesField(2, 'testing'))).toBe('120774657374696e67');
  expect(hex(bytesField(3, integerField(1, 150)))).toBe('1a03089601');
});

test('numbers of more than 32 bits, fields of more than 15, long bytes', () => {
  expect(hex(integerField(1, 2 ** 40))).toBe('08808080808020');
  expect(hex(integerField(20, 7))).toBe('a00107');
  expect(hex(bytesField(9, new Uint8Array(300))).slice(0, 8)).toBe('4aac0200');
});

test('a message is its fields', () => {
  expect(hex(message(integerField(1, 0), bytesField(2, '')))).toBe('08001200');
});
