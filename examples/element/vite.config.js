// Writes the pictures that prepare.js has made into the page, so that it has them without script, too.
import { readFileSync } from 'node:fs';

/** The element of a picture, with what is shown without script inside. */
function figure({ name, alt, width, height, placeholder }) {
  const ratio = (width / height).toFixed(3);
  return `<figure style="--ratio: ${ratio}">
      <ddpm-image src="${name}.ddpm" alt="${alt}" width="${width}" height="${height}" loading="lazy" placeholder="${placeholder}">
        <img src="${name}.jpg" alt="${alt}" width="${width}" height="${height}" loading="lazy" />
      </ddpm-image>
      <figcaption><span>${alt}</span> <output></output></figcaption>
    </figure>`;
}

function pictures() {
  const file = new URL('out/pictures.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).map(figure).join('\n    ');
}

export default {
  publicDir: 'out',
  build: { outDir: 'out/site', copyPublicDir: false },
  plugins: [{ name: 'pictures', transformIndexHtml: (html) => html.replace('<!-- pictures -->', pictures) }],
};
