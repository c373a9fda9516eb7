/** In the page that bench/element.ts measures: shows the pictures, and notes when what happened. */
import 'ddpm-codec/element';

/** Times of one picture in milliseconds since the page was opened. */
export interface PictureTimes {
  /** First byte of the first response with bytes of the file. */
  readonly bytesMs: number;
  /** Each frame, in their order. */
  readonly framesMs: readonly number[];
  /** Number of bytes in each frame's picture. */
  readonly bytes: readonly number[];
}

/** What the page has found. */
export interface PageTimes {
  readonly pictures: readonly PictureTimes[];
  /** Tasks of the page's thread of 50 ms and more, in milliseconds: what the browser reports as long. */
  readonly longTasksMs: readonly number[];
}

/** A picture to show. */
export interface BenchPicture {
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly placeholder: string;
  /** Number of bytes of the layers of the levels before the full size. */
  readonly coarseBytes: number;
}

/** Shows all pictures at once, and waits until each has the layers of its coarse levels. */
export async function measure(pictures: readonly BenchPicture[]): Promise<PageTimes> {
  const longTasksMs: number[] = [];
  const observer = new PerformanceObserver((list) => {
    longTasksMs.push(...list.getEntries().map(({ duration }) => duration));
  });
  observer.observe({ type: 'longtask', buffered: true });
  const shown = pictures.map(({ url, width, height, placeholder, coarseBytes }) => {
    const element = document.createElement('ddpm-image');
    Object.assign(element, { src: url, width, height, placeholder, alt: url });
    const framesMs: number[] = [];
    const bytes: number[] = [];
    const coarse = new Promise<void>((resolve) => {
      element.addEventListener('frame', (event) => {
        const { detail } = event as CustomEvent<{ bytes: number }>;
        framesMs.push(performance.now());
        bytes.push(detail.bytes);
        if (detail.bytes >= coarseBytes) resolve();
      });
    });
    document.body.append(element);
    return { url, coarse, framesMs, bytes };
  });
  const times = await Promise.all(
    shown.map(async ({ url, coarse, framesMs, bytes }) => {
      await coarse;
      const [first] = performance.getEntriesByName(new URL(url, location.href).href) as PerformanceResourceTiming[];
      return { bytesMs: first?.responseStart ?? Number.NaN, framesMs, bytes };
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 200)); // long tasks are reported later
  observer.disconnect();
  return { pictures: times, longTasksMs };
}
