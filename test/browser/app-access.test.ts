import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppPage, type AppSite, cutPhotograph, startApp } from './support/app-page.ts';

let app: AppSite;
let axe: string;

beforeAll(async () => {
  app = await startApp();
  axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});

afterAll(() => app?.close());

/** What axe-core objects to, one line each. */
async function objections({ page }: AppPage): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate<string[]>(
    `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`,
  );
}

const width = ({ page }: AppPage): Promise<number> => page.evaluate<number>('document.documentElement.scrollWidth');

describe('accessibility', () => {
  test('axe-core has no objection to the main states, light and dark', async () => {
    await using open = await app.open();
    const { page } = open;
    expect(await objections(open)).toEqual([]);
    await page.getByRole('button', { name: 'Dark mode' }).click();
    expect(await page.evaluate(`document.documentElement.dataset.theme`)).toBe('dark');
    await page.getByRole('button', { name: 'Difference' }).click();
    await open.pick(
      { name: 'a.png', buffer: await cutPhotograph(64, 48) },
      { name: 'x.png', buffer: Buffer.from('x') },
    );
    await page.getByRole('alert').getByText('x.png is not a picture').waitFor();
    expect(await objections(open)).toEqual([]);
    await page.getByRole('button', { name: 'Close a.png' }).click();
    // With one picture there is no strip: the last one is closed by none.
    expect(await page.locator('.thumbnail').count()).toBe(0);
  });

  test('with no picture there is a page that says what to do', async () => {
    await using open = await app.open();
    const { page } = open;
    await page.goto(`${app.url}?src=./nothing.ddpm`);
    await page.getByRole('alert').getByText('nothing.ddpm could not be fetched').waitFor();
    expect(await objections(open)).toEqual([]);
    await page.getByRole('button', { name: 'Show the sample' }).click();
    await open.settled();
    expect(await page.getByRole('alert').innerText()).toContain('nothing.ddpm');
  });

  test('dark is chosen by the system, and the choice of the visitor is remembered', async () => {
    await using open = await app.open({ colorScheme: 'dark' });
    const { page } = open;
    const background = (): Promise<string> => page.evaluate<string>(`getComputedStyle(document.body).backgroundColor`);
    const dark = await background();
    await page.getByRole('button', { name: 'Dark mode' }).click();
    expect(await background()).not.toBe(dark);
    await page.reload();
    await open.settled();
    expect(await background()).not.toBe(dark);
  });

  test('every control is reached by the Tab key, and shows that it has the focus', async () => {
    await using open = await app.open();
    const { page } = open;
    const reached = new Set<string>();
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      const name = await page.evaluate<string | null>(`(() => {
        const at = document.activeElement;
        if (!at || at === document.body) return null;
        const visible = [at, ...at.querySelectorAll('*')].some((e) => getComputedStyle(e).outlineStyle !== 'none');
        return (at.id || at.getAttribute('aria-label') || at.textContent.trim()) + (visible ? '' : ' (no focus to be seen)');
      })()`);
      if (name === null) break;
      reached.add(name);
    }
    expect([...reached].filter((name) => name.includes('no focus'))).toEqual([]);
    const expected = [
      'Open…',
      'Dark mode',
      'Left picture',
      'Right picture',
      'Divider between the pictures',
      'Fit',
      'Difference',
    ];
    expect([...reached]).toEqual(expect.arrayContaining([...expected, 'byte-slider', 'goal', 'goal-number', 'effort']));
    expect([...reached]).toEqual(expect.arrayContaining(['Compress', 'reconstruction', 'Cut after layer 1']));
  });
});

describe('small screens', () => {
  test.each([
    [320, 640],
    [390, 844],
  ])('%d x %d: nothing is cut off at the side, and axe-core has no objection', async (screen, height) => {
    await using open = await app.open({ viewport: { width: screen, height }, hasTouch: true, isMobile: true });
    const { page } = open;
    expect(await width(open)).toBe(screen);
    await page.getByRole('button', { name: 'Difference' }).click();
    await page.getByLabel('Missing detail').selectOption('sample');
    await open.pick({ name: `${'long-'.repeat(20)}.ddpm`, buffer: Buffer.from('no stream') });
    await page.getByRole('alert').getByText('is damaged').waitFor();
    expect(await width(open)).toBe(screen);
    expect(await objections(open)).toEqual([]);
  });

  test('a finger moves the divider and the byte slider; two zoom', async () => {
    await using open = await app.open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const { page } = open;
    const session = await open.context.newCDPSession(page);
    const touch = (type: string, points: [number, number][]): Promise<unknown> =>
      session.send('Input.dispatchTouchEvent', {
        type: type as 'touchStart',
        touchPoints: points.map(([x, y]) => ({ x, y })),
      });
    const grip = await page.locator('.divider-grip').boundingBox();
    const canvas = await page.locator('.layer-left canvas').boundingBox();
    if (!grip || !canvas) throw new Error('no picture');
    const [x, y] = [grip.x + grip.width / 2, grip.y + grip.height / 2];
    await touch('touchStart', [[x, y]]);
    await touch('touchMove', [[canvas.x + canvas.width * 0.25, y]]);
    await touch('touchEnd', []);
    expect(Number(await open.divider.getAttribute('aria-valuenow'))).toBeCloseTo(25, -1);
    const before = await open.bytes();
    const slider = await open.byteSlider.boundingBox();
    await page.touchscreen.tap(
      (slider?.x ?? 0) + (slider?.width ?? 0) / 2,
      (slider?.y ?? 0) + (slider?.height ?? 0) / 2,
    );
    expect(await open.bytes()).toBeLessThan(before);
    const [cx, cy] = [canvas.x + canvas.width / 2, canvas.y + canvas.height * 0.8];
    await touch('touchStart', [
      [cx - 30, cy],
      [cx + 30, cy],
    ]);
    await touch('touchMove', [
      [cx - 60, cy],
      [cx + 60, cy],
    ]);
    await touch('touchMove', [
      [cx - 90, cy],
      [cx + 90, cy],
    ]);
    await touch('touchEnd', []);
    const after = await page.locator('.layer-left canvas').boundingBox();
    expect(after?.width).toBeGreaterThan(canvas.width * 2);
  });
});
