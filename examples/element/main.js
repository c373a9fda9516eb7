// The elements do the work; this shows what they tell, and sets their limit. Start it with `npm run example:element`.
import 'ddpm-codec/element';

const pictures = [...document.querySelectorAll('ddpm-image')];
const sum = document.querySelector('#sum');
const most = document.querySelector('#most');
const bytes = new Intl.NumberFormat('en', { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 1 });

function showSum() {
  const shown = pictures.reduce((total, picture) => total + picture.currentBytes, 0);
  const done = pictures.filter((picture) => picture.complete).length;
  sum.textContent = `${bytes.format(shown / 1000)} in all, ${done} of ${pictures.length} done`;
}

for (const picture of pictures) {
  const output = picture.nextElementSibling.querySelector('output');
  picture.addEventListener('frame', ({ detail }) => {
    output.textContent = `layer ${detail.layer} of ${detail.layersTotal}, ${bytes.format(detail.bytes / 1000)}`;
    showSum();
  });
  picture.addEventListener('load', showSum);
  picture.addEventListener('error', ({ detail }) => {
    output.textContent = detail.error.message;
    showSum();
  });
}

most.addEventListener('change', () => {
  for (const picture of pictures) picture.maxBytes = Number(most.value) || Number.POSITIVE_INFINITY;
});
