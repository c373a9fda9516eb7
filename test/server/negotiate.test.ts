import { describe, expect, test } from 'vitest';
import { acceptable, PICTURE_FORMATS } from '../../src/server/negotiate.ts';

const ALL = ['ddpm', ...PICTURE_FORMATS] as const;

describe('acceptable', () => {
  test.each([
    ['no header', null, 'ddpm jpeg png'],
    ['an empty header', '', 'ddpm jpeg png'],
    ['a header that makes no sense', 'pictures, please', 'ddpm jpeg png'],
    ['fetch, curl', '*/*', 'ddpm jpeg png'],
    ['<ddpm-image>', 'image/x-ddpm, */*;q=0.1', 'ddpm jpeg png'],
    ['any case', 'IMAGE/X-DDPM', 'ddpm'],
    ['<img> of Chrome', 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', 'avif webp jpeg png'],
    ['<img> of Firefox', 'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5', 'avif webp jpeg png'],
    ['<img> of Firefox 65', 'image/webp,*/*', 'webp jpeg png'],
    [
      '<img> of Safari',
      'image/webp,image/avif,image/jxl,image/heic,video/*;q=0.8,image/png,image/*;q=0.8',
      'avif webp jpeg png',
    ],
    ['<img> of Safari 13', 'image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5', 'jpeg png'],
    ['address bar of Safari', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'jpeg png'],
    ['pictures', 'image/*', 'jpeg png'],
    ['weights before our order', 'image/avif;q=0.5, image/webp;q=0.9, image/jpeg', 'jpeg webp avif'],
    ['the file by weight', 'image/x-ddpm;q=0.5, image/webp', 'webp ddpm'],
    ['no file', 'image/x-ddpm;q=0, */*', 'jpeg png'],
    ['the specific range has the say', 'image/*;q=1, image/jpeg;q=0', 'png'],
    ['PNG last', 'image/png, image/jpeg;q=0.1', 'jpeg png'],
    ['PNG', 'image/png', 'png'],
    ['white space and other parameters', ' image/webp ; v=1 ; Q=0.3 ,\timage/avif;q=0.2', 'webp avif'],
    ['nothing of ours', 'text/html', ''],
    ['nothing at all', '*/*;q=0', ''],
  ])('%s: %s', (_, accept, expected) => {
    expect(acceptable(accept, ALL).join(' ')).toBe(expected);
  });

  test('only what is offered, in its order', () => {
    expect(acceptable('image/avif,image/webp,*/*', ['ddpm', 'webp', 'avif'])).toEqual(['webp', 'avif']);
    expect(acceptable('image/avif,*/*', ['ddpm'])).toEqual([]);
  });
});
