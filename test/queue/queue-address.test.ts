import { describe, expect, test } from 'vitest';
import { parseQueueAddress } from '../../src/queue/queue-address.ts';

describe('parseQueueAddress', () => {
  test('takes the parts of a URL', () => {
    expect(parseQueueAddress('rediss://worker:p%40ss%2F@cache.example:6380/photos-2024?db=2&prefix=mine')).toEqual({
      host: 'cache.example',
      port: 6380,
      tls: true,
      username: 'worker',
      password: 'p@ss/',
      db: 2,
      prefix: 'mine',
      name: 'photos-2024',
      display: 'rediss://cache.example:6380/photos-2024?db=2&prefix=mine',
    });
  });

  test('has the defaults of Redis and BullMQ', () => {
    expect(parseQueueAddress('redis://localhost/q')).toEqual({
      host: 'localhost',
      port: 6379,
      tls: false,
      db: 0,
      prefix: 'bull',
      name: 'q',
      display: 'redis://localhost:6379/q',
    });
    expect(parseQueueAddress('redis://[::1]/q')).toMatchObject({ host: '::1', display: 'redis://[::1]:6379/q' });
  });

  test.each([
    'redis://:secret@host',
    'redis://:secret@host/',
    'redis://:secret@host/a:b',
    'redis://:secret@host/a/b',
    'redis://:secret@host/q?db=x',
    'redis://:secret@host/q?db=1&secret=2',
    'redis://:secret@host/q?prefix=a:b',
    'redis://:secret@host:99999/q',
    'redis://:secret#@host/q',
    'redis://:%E0%A4%A@secret/q',
    'http://:secret@host/q',
    'secret',
  ])('refuses %s without naming the password', (text) => {
    let message = '';
    try {
      parseQueueAddress(text);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('"queue" expected');
    expect(message).not.toContain('secret');
  });
});
