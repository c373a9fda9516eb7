// Prepares the pictures of the page: .ddpm files, their placeholders, and JPEG files for browsers without script. They go to
// out/, which takes about a minute; what is there already stays.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { encode, placeholder } from 'ddpm-codec';
import sharp from 'sharp';

const photographs = fileURLToPath(new URL('../../test/images/kodak/', import.meta.url));
const out = fileURLToPath(new URL('out/', import.meta.url));

/** Part of a photograph, in pixels: left, top, width, height. */
const PICTURES = [
  { photograph: 1, alt: 'A brick wall with red shutters and a red door' },
  { photograph: 23, alt: 'Two macaws, one red and one blue, before leaves' },
  { photograph: 7, alt: 'Pink flowers before a window with shutters', part: [250, 60, 420, 420] },
  { photograph: 3, alt: 'Five baseball caps of different colours on a wall' },
  { photograph: 17, alt: 'A marble statue of a woman with a golden ball' },
  { photograph: 21, alt: 'A lighthouse on a rocky shore' },
  { photograph: 15, alt: 'A girl with painted cheeks and a red headband' },
  { photograph: 9, alt: 'Sailing boats with coloured spinnakers' },
  { photograph: 5, alt: 'Motocross riders on a dusty track' },
  { photograph: 11, alt: 'A boat at its mooring by a wooden pier' },
  { photograph: 13, alt: 'A mountain stream below a snowy summit' },
  { photograph: 19, alt: 'A lighthouse behind a white picket fence' },
  { photograph: 7, alt: 'A window with shutters and flowers before it' },
  { photograph: 23, alt: 'The head of a red macaw', part: [400, 60, 300, 400] },
  { photograph: 21, alt: 'The lighthouse, seen nearer', part: [200, 60, 320, 320] },
  { photograph: 3, alt: 'The peak of a red cap', part: [40, 200, 360, 240] },
  { photograph: 11, alt: 'The bow of a boat', part: [140, 120, 420, 320] },
  { photograph: 5, alt: 'A rider and his number plate', part: [60, 80, 340, 420] },
  { photograph: 19, alt: 'The lamp of a lighthouse', part: [130, 60, 260, 340] },
  { photograph: 13, alt: 'White water between rocks', part: [80, 250, 480, 260] },
];
/** Longer side of a picture, in pixels. */
const SIDE = 560;

async function prepare({ photograph, part, alt }, number) {
  const name = String(number + 1).padStart(2, '0');
  const file = await readFile(`${photographs}kodim${String(photograph).padStart(2, '0')}.png`);
  const photo = sharp(file);
  if (part) photo.extract({ left: part[0], top: part[1], width: part[2], height: part[3] });
  photo.resize({ width: SIDE, height: SIDE, fit: 'inside', withoutEnlargement: true });
  const small = await photo.png().toBuffer();
  const { data, info } = await encode(small, { effort: 2 });
  await writeFile(`${out}${name}.ddpm`, data);
  await sharp(small).jpeg({ quality: 75 }).toFile(`${out}${name}.jpg`);
  console.log(`${name}.ddpm: ${info.width} x ${info.height}, ${data.length} bytes`);
  const first = Buffer.from(await placeholder(small)).toString('base64');
  return { name, alt, width: info.width, height: info.height, bytes: data.length, placeholder: first };
}

if (!existsSync(`${out}pictures.json`)) {
  mkdirSync(out, { recursive: true });
  const pictures = [];
  for (const [number, picture] of PICTURES.entries()) pictures.push(await prepare(picture, number));
  writeFileSync(`${out}pictures.json`, JSON.stringify(pictures));
}
