// Worker: runs the codec outside the page's own thread, because coding takes long. The `?url` imports are a feature of
// Vite; other bundlers have equivalents.

import { decodeProgressive, encode } from 'ddpm-codec/browser';
import weights from 'ddpm-codec/models/photo-v1.safetensors?url';

const model = fetch(weights).then(async (response) => new Uint8Array(await response.arrayBuffer()));

/** Decodes an image file with the browser; returns its pixels as ImageData. */
async function readPixels(file) {
  const bitmap = await createImageBitmap(file);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

/** Sends the picture after each layer of a .ddpm file to the page. Encodes other files first. */
async function show(file) {
  const options = { model: await model };
  const isStream = file.name.endsWith('.ddpm');
  const stream = isStream
    ? file
    : new Blob([(await encode(await readPixels(file), { ...options, bytes: 10_000 })).data]);
  for await (const frame of decodeProgressive(stream.stream(), options)) {
    postMessage({ picture: frame.imageData, ...frame.info });
  }
}

addEventListener('message', ({ data: file }) => {
  show(file).catch((error) => postMessage({ error: error.message }));
});
