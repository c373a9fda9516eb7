/** The element of a picture, with what is shown without script inside. */
function figure({ name, alt, width, height, placeholder }) {
  const ratio = (width / height).toFixed(3);
  const size = `width="${width}" height="${height}"`;
  return `<figure style="--ratio: ${ratio}">
      <ddpm-image src="${name}.ddpm" alt="${alt}" ${size} loading="lazy" placeholder="${placeholder}">
        <img src="${name}.jpg" alt="${alt}" ${size} loading="lazy" />
      </ddpm-image>
      <figcaption><span>${alt}</span> <output></output></figcaption>
    </figure>`;
}

/**
 * Plugin of Vite that writes pictures into the page, so that it has them without script, too.
 *
 * @param {() => object[]} pictures - gives what prepare.js tells of each
 */
export function withPictures(pictures) {
  const figures = () => pictures().map(figure).join('\n    ');
  return { name: 'pictures', transformIndexHtml: (html) => html.replace('<!-- pictures -->', figures) };
}
