/**
 * Graphics for the benches: 20 pictures of 256x256 that look like no photograph. They are SVG, rendered by sharp,
 * without fonts; one version of sharp draws the same pixels on every machine.
 */
import type { RawImage } from 'ddpm-codec';
import sharp from 'sharp';
import { CHARTS } from './graphics/charts.ts';
import { DIAGRAMS } from './graphics/diagrams.ts';
import { GRADIENTS } from './graphics/gradients.ts';
import { LOGOS } from './graphics/logos.ts';
import { PANELS } from './graphics/panels.ts';
import { type Random, randomOf } from './graphics/random.ts';

const SIDE = 256;

const KINDS: Readonly<Record<string, readonly ((random: Random) => string)[]>> = {
  logo: LOGOS,
  panel: PANELS,
  chart: CHARTS,
  gradient: GRADIENTS,
  diagram: DIAGRAMS,
};

/** Renders the content of an SVG picture. */
async function render(content: string): Promise<RawImage> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}">${content}</svg>`;
  const data = await sharp(Buffer.from(svg)).flatten({ background: '#ffffff' }).raw().toBuffer();
  if (data.length !== SIDE * SIDE * 3) throw new Error('the graphics must be RGB');
  return { data, width: SIDE, height: SIDE, channels: 3 };
}

/**
 * Makes the graphics, one of each kind after the other: logo, panel, chart, gradient, diagram, logo...
 *
 * @param limit - number of pictures; all: 20
 */
export async function readGraphics(limit: number): Promise<RawImage[]> {
  const drawings = [0, 1, 2, 3].flatMap((i) =>
    Object.entries(KINDS).map(([name, kind]) => kind[i](randomOf(`${name}/${i}`))),
  );
  return Promise.all(drawings.slice(0, limit).map(render));
}
