import { readdirSync, readFileSync } from 'node:fs';
import type { Download } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, inspect, truncate } from '../../src/entry/index.ts';
import { largestDifference } from '../support/largest-difference.ts';
import { type AppSite, cutPhotograph, psnrOf, startApp } from './support/app-page.ts';

let app: AppSite;
let damaged: Uint8Array;

beforeAll(async () => {
  app = await startApp();
  damaged = app.sample.stream.slice();
  damaged[3] ^= 0xff;
});

afterAll(() => app?.close());

/** RGBA of what Node decodes. */
async function inNode(bytes: Uint8Array): Promise<Uint8Array> {
  const { data, info } = await decode(bytes);
  const { width, height, channels } = info;
  return sharp(data, { raw: { width, height, channels: channels as 3 } })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer();
}

async function rgbaOf(file: Uint8Array): Promise<Uint8Array> {
  return sharp(file).ensureAlpha().raw().toBuffer();
}

async function contentOf(download: Download): Promise<Buffer> {
  return readFileSync(await download.path());
}

describe('the byte slider', () => {
  test('moves by keyboard and pointer, and the picture is the one that Node decodes of these bytes', async () => {
    await using open = await app.open();
    const { byteSlider, page } = open;
    const { stream, picture } = app.sample;
    expect(await open.bytes()).toBe(stream.length);
    const whole = await open.pixels('left');
    expect(largestDifference(whole.data, await inNode(stream))).toBeLessThanOrEqual(1);

    await byteSlider.focus();
    await page.keyboard.press('PageDown'); // to the end of the layer before
    const layers = inspect(stream).layers.map(({ cumulativeBytes }) => cumulativeBytes);
    expect(await open.bytes()).toBe(layers.at(-2));
    await page.keyboard.press('Home');
    expect(await open.bytes()).toBe(inspect(stream).headerBytes);
    // At the front several places of the slider are one byte: every press still moves on.
    await page.keyboard.press('ArrowRight');
    expect(await open.bytes()).toBe(inspect(stream).headerBytes + 1);

    const box = await byteSlider.boundingBox();
    if (!box) throw new Error('the slider is not on the screen');
    await page.mouse.move(box.x + 3, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.7 * box.width, box.y + box.height / 2, { steps: 5 });
    // While it moves, the picture of the layers before is there at once.
    const moving = await open.pixels('left');
    expect(largestDifference(moving.data, whole.data)).toBeGreaterThan(8);
    await page.mouse.up();
    await open.settled();
    const bytes = await open.bytes();
    expect(layers).not.toContain(bytes);
    expect(bytes).toBeGreaterThan(layers[0]);
    expect(bytes).toBeLessThan(stream.length);
    const exact = await open.pixels('left');
    expect(largestDifference(exact.data, await inNode(stream.subarray(0, bytes)))).toBeLessThanOrEqual(1);
    const said = Number(/([\d.]+) dB/.exec((await byteSlider.getAttribute('aria-valuetext')) ?? '')?.[1]);
    expect(said).toBeCloseTo(psnrOf(await rgbaOf(picture), exact.data), 1);
    expect(open.faults).toEqual([]);
  });

  test('goes where the curve is clicked, and to the end of a layer of the table', async () => {
    await using open = await app.open();
    const { page } = open;
    const before = await open.bytes();
    await page.locator('.curve .u-over').click({ position: { x: 120, y: 60 } });
    expect(await open.bytes()).toBeLessThan(before);
    await page.getByRole('button', { name: 'Cut after layer 3' }).click();
    expect(await open.bytes()).toBe(inspect(app.sample.stream).layers[2].cumulativeBytes);
    const row = page.locator('tr[aria-current=true]');
    expect(await row.innerText()).toMatch(/\d dB/);
  });
});

describe('comparing', () => {
  test('the divider moves by keyboard, and by pointer anywhere on a picture that fits', async () => {
    await using open = await app.open();
    const { divider, page } = open;
    await divider.focus();
    await page.keyboard.press('ArrowRight');
    expect(await divider.getAttribute('aria-valuenow')).toBe('52');
    await page.keyboard.press('Home');
    expect(await divider.getAttribute('aria-valuenow')).toBe('0');
    const canvas = await page.locator('.layer-right canvas').boundingBox();
    if (!canvas) throw new Error('no picture');
    await page.mouse.move(canvas.x + 5, canvas.y + 20);
    await page.mouse.down();
    await page.mouse.move(canvas.x + canvas.width / 4, canvas.y + 20);
    await page.mouse.up();
    expect(await divider.getAttribute('aria-valuenow')).toBe('25');
  });

  test('JPEG, WebP and AVIF are made as long as the cut, and their PSNR is measured', async () => {
    await using open = await app.open();
    const { page } = open;
    const bytes = await open.bytes();
    await page.getByRole('button', { name: /^Compare formats at/ }).click();
    for (const format of ['jpeg', 'webp', 'avif']) {
      await page.getByLabel('Right picture').selectOption(format);
      const caption = page.locator('.caption[data-side=right]');
      await page.waitForFunction(`/ dB.*quality/s.test(document.querySelector('.caption[data-side=right]').innerText)`);
      const [, kilobytes, psnr] = /([\d.]+) kB · ([\d.]+) dB/.exec(await caption.innerText()) ?? [];
      expect(Number(kilobytes) * 1000).toBeLessThanOrEqual(bytes + 5);
      expect(Number(kilobytes) * 1000).toBeGreaterThan(bytes * 0.85);
      const shown = await open.pixels('right');
      expect(Number(psnr)).toBeCloseTo(psnrOf(await rgbaOf(app.sample.picture), shown.data), 1);
      expect(await page.locator(`.key-${format}`).innerText()).toContain('dB');
    }
    expect(open.faults).toEqual([]);
  });

  test('the difference is |left - right| times the factor', async () => {
    await using open = await app.open();
    const { page } = open;
    await open.byteSlider.fill('600');
    await open.settled();
    await page.getByRole('button', { name: '1:1' }).click();
    await page.getByRole('button', { name: 'Difference' }).click();
    await page.getByLabel('Difference multiplied by').selectOption('4');
    const box = await page.locator('.layer-left canvas').boundingBox();
    if (!box) throw new Error('no picture');
    expect([box.width, box.height]).toEqual([128, 96]);
    const shot = await rgbaOf(await page.screenshot({ clip: box }));
    const [left, right] = [await open.pixels('left'), await open.pixels('right')];
    const expected = left.data.map((value, i) =>
      i % 4 === 3 ? 255 : Math.min(255, 4 * Math.abs(value - right.data[i])),
    );
    // The picture may lie half a pixel of the screen aside: then the screenshot would be blurred, and this fails.
    expect(largestDifference(shot, expected)).toBeLessThanOrEqual(4);
    expect(Math.max(...expected.filter((_, i) => i % 4 !== 3))).toBeGreaterThan(60);
  });

  test('zoom and pan by keyboard and wheel move both pictures alike', async () => {
    await using open = await app.open();
    const { page } = open;
    const stage = page.locator('.stage');
    const boxes = async () => [
      await page.locator('.layer-left canvas').boundingBox(),
      await page.locator('.layer-right canvas').boundingBox(),
    ];
    await stage.focus();
    await page.keyboard.press('4');
    const [at4] = await boxes();
    expect(at4?.width).toBe(512);
    for (let i = 0; i < 4; i++) await page.keyboard.press('+');
    const [left, right] = await boxes();
    expect(left?.width).toBeCloseTo(2048, 0);
    expect(right).toEqual(left);
    await page.keyboard.press('ArrowRight');
    const [moved, other] = await boxes();
    expect(moved?.x).toBeCloseTo((left?.x ?? 0) - 60, 1);
    expect(other).toEqual(moved);
    await stage.hover();
    await page.mouse.wheel(0, -200);
    expect((await boxes())[0]?.width).toBeGreaterThan(2048);
    await page.keyboard.press('0');
    expect((await boxes())[0]?.width).toBeLessThan(2048);
  });
});

describe('compressing', () => {
  test('a picked picture: cancelled, then to its end; the downloads decode in Node', async () => {
    await using open = await app.open();
    const { page } = open;
    const picture = await cutPhotograph(320, 240, '05');
    await open.pick({ name: 'houses.png', buffer: picture });
    await page.getByRole('button', { name: 'Show houses.png' }).waitFor();
    await page.getByText('Compress the picture to see').waitFor();
    await page.getByLabel('Effort').fill('9');
    await page.getByRole('button', { name: 'Compress', exact: true }).click();
    await page.getByRole('progressbar', { name: 'Compressing' }).first().waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Compress', exact: true }).waitFor();
    expect(await page.getByRole('status').innerText()).toContain('Cancelled');
    expect(await page.getByText('Compress the picture to see').count()).toBe(1);

    await page.getByLabel('Effort').fill('1');
    await page.getByLabel('Goal').selectOption('bytes');
    await page.getByLabel('File size').fill('4000');
    await page.getByLabel('File size').press('Enter');
    await open.settled();
    const whole = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Whole file/ }).click();
    const stream = await contentOf(await whole);
    expect((await whole).suggestedFilename()).toBe('houses.ddpm');
    expect(stream.length).toBeLessThanOrEqual(4000);
    expect(stream.length).toBeGreaterThan(3900);
    const shown = await open.pixels('left');
    expect(largestDifference(shown.data, await inNode(stream))).toBeLessThanOrEqual(1);

    await open.byteSlider.fill('700');
    await open.settled();
    const bytes = await open.bytes();
    const cut = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Cut here/ }).click();
    expect(Buffer.compare(await contentOf(await cut), truncate(stream, { bytes }))).toBe(0);
    const png = page.waitForEvent('download');
    await page.getByRole('button', { name: /^PNG/ }).click();
    expect(largestDifference(await rgbaOf(await contentOf(await png)), (await open.pixels('left')).data)).toBe(0);
    expect(open.faults).toEqual([]);
  });

  test('lossless: every pixel is compared with the original, and the size with PNG', async () => {
    await using open = await app.open();
    const { page } = open;
    const picture = await cutPhotograph(48, 40, '13');
    await open.pick({ name: 'river.png', buffer: picture });
    await page.getByRole('button', { name: 'Show river.png' }).waitFor();
    await page.getByLabel('Goal').selectOption('lossless');
    await page.getByRole('button', { name: 'Compress', exact: true }).click();
    const verdict = page.locator('.verified');
    await verdict.waitFor();
    expect(await verdict.innerText()).toMatch(/every pixel equals the original.*less than PNG/);
    expect(await verdict.innerText()).toContain(picture.length.toLocaleString('en'));
    expect(Buffer.compare((await open.pixels('left')).data, await rgbaOf(picture))).toBe(0);
  });

  test('a large picture: the time it takes is told, and a smaller size offered', async () => {
    await using open = await app.open();
    const { page } = open;
    const large = await sharp({ create: { width: 4200, height: 3000, channels: 3, background: '#789' } })
      .png()
      .toBuffer();
    await open.pick({ name: 'large.png', buffer: large });
    await page.getByRole('button', { name: 'Show large.png' }).waitFor();
    const size = page.getByLabel('Size', { exact: true });
    expect(await size.inputValue()).not.toBe('4200');
    const hint = page.locator('.form .row .hint');
    expect(await hint.innerText()).toMatch(/^about \d+ s$/);
    await size.selectOption('4200');
    expect(await hint.innerText()).toMatch(/^about \d+ min$/);
  });

  test('sample in place of mmse is another picture, which its seed decides', async () => {
    await using open = await app.open();
    const { page } = open;
    await page.getByRole('button', { name: 'Cut after layer 4' }).click();
    const mean = await open.pixels('left');
    await page.getByLabel('Missing detail').selectOption('sample');
    await open.settled();
    const sampled = await open.pixels('left');
    expect(largestDifference(sampled.data, mean.data)).toBeGreaterThan(8);
    await page.getByLabel('Seed').fill('7');
    await page.getByLabel('Seed').press('Tab');
    await open.settled();
    expect(largestDifference((await open.pixels('left')).data, sampled.data)).toBeGreaterThan(4);
  });
});

describe('files', () => {
  test('a damaged file and a file that is no picture are refused in plain words, and nothing is lost', async () => {
    await using open = await app.open();
    const { page } = open;
    const before = await open.pixels('left');
    await open.pick(
      { name: 'broken.ddpm', buffer: damaged },
      { name: 'letter.png', buffer: Buffer.from('Dear reader') },
    );
    const alert = page.getByRole('alert');
    await alert.getByText('letter.png is not a picture').waitFor();
    expect(await alert.innerText()).toContain('broken.ddpm is damaged');
    expect((await open.pixels('left')).data).toEqual(before.data);
    await alert.getByRole('button').first().click();
    expect(await alert.innerText()).not.toContain('broken.ddpm');
  });

  test('no broken file harms the page', async () => {
    await using open = await app.open();
    const { page } = open;
    const folder = 'test/hostile/fixtures';
    const names = readdirSync(folder).filter((name) => name.endsWith('.ddpm'));
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) {
      await open.pick({ name, buffer: readFileSync(`${folder}/${name}`) });
      await page.waitForFunction(`!document.querySelector('header button').disabled`);
      // What can be shown of it is shown, and what cannot is told.
      await open.settled();
    }
    await open.pick({ name: 'large.ddpm', buffer: readFileSync(`${folder}/claims-200-megapixels.ddpm`) });
    await page.getByRole('alert').getByText('large.ddpm is too large').waitFor();
    const shown = page.getByRole('button', { name: 'Show Parrots' });
    await shown.click();
    await open.settled();
    expect(await open.bytes()).toBe(app.sample.stream.length);
    expect(open.faults).toEqual([]);
  });

  test('a file that was cut inside a layer is shown to its last byte, and said to be cut', async () => {
    await using open = await app.open();
    const { page } = open;
    const { layers } = inspect(app.sample.stream);
    const cut = truncate(app.sample.stream, { bytes: layers[5].cumulativeBytes + 1 });
    await open.pick({ name: 'half.ddpm', buffer: cut });
    await page.getByText('The file was cut: it has 6 of').waitFor();
    await open.settled();
    expect(largestDifference((await open.pixels('left')).data, await inNode(cut))).toBeLessThanOrEqual(1);
  });

  test('several dropped or pasted files are in the strip, and can be closed', async () => {
    await using open = await app.open();
    const { page } = open;
    const pictures = await Promise.all(['03', '07'].map((number) => cutPhotograph(64, 48, number)));
    const give = (type: string, names: string[], contents: string[]): string => `{
      const transfer = new DataTransfer();
      ${JSON.stringify(names)}.forEach((name, i) => {
        const bytes = Uint8Array.from(atob(${JSON.stringify(contents)}[i]), (c) => c.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type: 'image/png' }));
      });
      const options = { bubbles: true, cancelable: true, dataTransfer: transfer, clipboardData: transfer };
      const event = '${type}' === 'drop' ? new DragEvent('drop', options) : new ClipboardEvent('paste', options);
      document.querySelector('.page').dispatchEvent(event);
    }`;
    const texts = pictures.map((picture) => picture.toString('base64'));
    await page.evaluate(give('drop', ['a.png', 'b.png'], texts));
    await page.getByRole('button', { name: 'Show b.png' }).waitFor();
    await page.evaluate(give('paste', ['c.png'], texts.slice(0, 1)));
    await page.getByRole('button', { name: 'Show c.png' }).waitFor();
    expect(await page.locator('.thumbnail').count()).toBe(4);
    await page.getByRole('button', { name: 'Show b.png' }).click();
    // It was put aside, and is read again.
    const expected = await rgbaOf(pictures[1]);
    await expect.poll(async () => Buffer.compare((await open.pixels('right')).data, expected)).toBe(0);
    await page.getByRole('button', { name: 'Close b.png' }).click();
    await page.getByRole('button', { name: 'Show Parrots' }).click();
    await open.settled();
    expect(await page.locator('.thumbnail').count()).toBe(3);
    expect(open.faults).toEqual([]);
  });

  test('a browser whose language is no language tag shows the app, too', async () => {
    const context = await app.context();
    await context.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix' });
    });
    await using open = await app.openIn(context);
    expect(await open.bytes()).toBe(app.sample.stream.length);
  });

  test('?src opens the .ddpm file at an address, without an original', async () => {
    await using open = await app.open({}, '?src=./sample.ddpm');
    const { page } = open;
    expect(await page.getByRole('heading', { name: 'Compress' }).locator('..').innerText()).toContain(
      'without its original',
    );
    expect(await open.bytes()).toBe(app.sample.stream.length);
    expect(largestDifference((await open.pixels('left')).data, await inNode(app.sample.stream))).toBeLessThanOrEqual(1);
    expect(await page.getByLabel('Right picture').locator('option[value=original]').isDisabled()).toBe(true);
  });
});

test('without a network: all works after the first visit', async () => {
  await using open = await app.open();
  const { page, context } = open;
  await page.evaluate('navigator.serviceWorker.ready.then(({ active }) => active.state)');
  await context.setOffline(true);
  await page.reload();
  await open.settled();
  expect(await page.evaluate('navigator.onLine')).toBe(false);
  expect(largestDifference((await open.pixels('left')).data, await inNode(app.sample.stream))).toBeLessThanOrEqual(1);
  await page.getByLabel('Effort').fill('1');
  await page.getByLabel('Bits per pixel').last().fill('0.5');
  await page.getByRole('button', { name: 'Compress', exact: true }).click();
  await page.waitForFunction(`document.querySelector('[role=status]').textContent.endsWith('is compressed')`);
  expect(await page.getByRole('alert').innerText()).toBe('');
});
