// Script of the page: draws a .ddpm file layer by layer; compresses other images first. The codec works in a worker of its own.
// Start it with `npm run example:browser`.
import { decodeProgressive, encode } from 'ddpm-codec/browser';

const canvas = document.querySelector('canvas');
const output = document.querySelector('output');

/** The pixels of an image file, as the browser reads it. */
async function readPixels(file) {
  const bitmap = await createImageBitmap(file);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

async function show(file) {
  const isStream = file.name.endsWith('.ddpm');
  const stream = isStream ? file : new Blob([(await encode(await readPixels(file), { bytes: 10_000 })).data]);
  for await (const { imageData, info } of decodeProgressive(stream.stream())) {
    canvas.width = info.width;
    canvas.height = info.height;
    canvas.getContext('2d').putImageData(imageData, 0, 0);
    output.textContent = `layer ${info.layer} of ${info.layersTotal}, ${info.bytes} bytes`;
  }
}

document.querySelector('input').onchange = ({ target }) => {
  show(target.files[0]).catch((error) => {
    output.textContent = error.message;
  });
};
