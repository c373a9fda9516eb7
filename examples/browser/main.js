// Script of the page: sends a file to the worker and draws the pictures that it returns. Start it with
// `npm run example:browser`.
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
const canvas = document.querySelector('canvas');
const output = document.querySelector('output');

worker.onmessage = ({ data }) => {
  if (data.error) {
    output.textContent = data.error;
    return;
  }
  canvas.width = data.width;
  canvas.height = data.height;
  canvas.getContext('2d').putImageData(data.picture, 0, 0);
  output.textContent = `layer ${data.layer} of ${data.layersTotal}, ${data.bytes} bytes`;
};

document.querySelector('input').onchange = ({ target }) => worker.postMessage(target.files[0]);
