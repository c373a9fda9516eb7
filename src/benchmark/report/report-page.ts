/** Style sheet and script of the report. The script is plain JavaScript for browsers. */

/** Style sheet of the report. */
export const PAGE_STYLE = `
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1c1c1c; background: #fff; max-width: 1100px; margin: 0 auto; padding: 16px 20px 60px; }
h1 { font-size: 26px; line-height: 1.25; margin: 12px 0 4px; }
h2 { font-size: 20px; margin: 36px 0 4px; }
h3 { font-size: 16px; margin: 20px 0 4px; }
p { margin: 4px 0 12px; max-width: 75ch; color: #444; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13.5px; }
th, td { padding: 4px 10px; border-bottom: 1px solid #e2e2e2; text-align: right; white-space: nowrap; }
thead th { vertical-align: bottom; white-space: normal; max-width: 110px; font-weight: 600; border-bottom: 2px solid #999; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
.facts td, .facts th { text-align: left; white-space: normal; vertical-align: top; }
.facts th { white-space: nowrap; font-weight: 600; }
.controls { display: flex; flex-wrap: wrap; gap: 8px 20px; margin: 8px 0; }
fieldset { border: 1px solid #ccc; border-radius: 6px; padding: 2px 10px 6px; }
legend { font-size: 13px; color: #555; padding: 0 4px; }
label { margin-right: 8px; }
select { font: inherit; padding: 2px 4px; max-width: 260px; }
.plot { overflow-x: auto; }
.plot svg, #images svg { max-width: 100%; height: auto; }
#left-out { border-left: 3px solid #e69f00; padding: 2px 14px; margin: 16px 0; }
#left-out h2 { margin: 4px 0; font-size: 16px; }
#left-out li { font-size: 13.5px; margin-bottom: 2px; max-width: none; }
#compare { position: relative; overflow: hidden; touch-action: none; cursor: ew-resize; background: #ddd; user-select: none; }
#compare img { position: absolute; top: 0; left: 0; image-rendering: pixelated; pointer-events: none; max-width: none; }
#left-clip { position: absolute; top: 0; left: 0; height: 100%; overflow: hidden; }
#divider { position: absolute; top: 0; bottom: 0; width: 2px; margin-left: -1px; background: #fff; box-shadow: 0 0 2px 1px rgba(0, 0, 0, 0.6); }
#slider { display: block; margin: 8px 0 0; }
.captions { max-width: none; font-size: 13.5px; }
.captions span { display: block; }
#tip { position: fixed; z-index: 2; pointer-events: none; background: #1c1c1c; color: #fff; font-size: 13px; padding: 3px 8px; border-radius: 4px; }
summary { cursor: pointer; }
li { max-width: 85ch; margin-bottom: 6px; }
`;

/** Script of the report: switches between plots, shows the values of a mark, and moves the slider between two crops. */
export const PAGE_SCRIPT = `
'use strict';
(() => {
  const curves = document.getElementById('curves');
  const chosen = (name) => curves.querySelector('input[name="' + name + '"]:checked')?.value;
  const plots = [...curves.querySelectorAll('.plot')];
  const first = plots[0]?.dataset.key.split(' ') ?? [];
  curves.addEventListener('change', () => {
    const key = ['measure', 'averaged', 'scale', 'counted'].map((name, i) => chosen(name) ?? first[i]);
    const ofMeasure = plots.filter((plot) => plot.dataset.key.startsWith(key[0] + ' '));
    const found = ofMeasure.find((plot) => plot.dataset.key === key.join(' ')) ?? ofMeasure[0];
    for (const plot of plots) plot.hidden = plot !== found;
    for (const tables of curves.querySelectorAll('.of-measure')) tables.hidden = tables.dataset.measure !== key[0];
  });

  const tip = document.getElementById('tip');
  document.addEventListener('pointermove', (event) => {
    const mark = event.target.closest?.('path[aria-roledescription="point"]');
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.getAttribute('aria-label');
    const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    tip.style.left = left + 'px';
    tip.style.top = event.clientY + 16 + 'px';
  });

  const source = document.getElementById('crop-data');
  if (!source) return;
  const crops = JSON.parse(source.textContent);
  const byId = (id) => document.getElementById(id);
  const [image, size, left, right] = ['crop-image', 'crop-size', 'crop-left', 'crop-right'].map(byId);
  const compare = byId('compare');
  const slider = byId('slider');

  const fill = (select, options, wanted) => {
    const before = wanted ?? select.value;
    select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
    if (options.some(([value]) => value === before)) select.value = before;
  };
  const ofImage = () => crops.filter((crop) => crop.image === image.value);
  const candidates = () => ofImage().filter((crop) => crop.codec === 'original' || String(crop.allowedBytes) === size.value);
  const unique = (values) => [...new Set(values)];

  const describe = (crop) => {
    if (crop.codec === 'original') return 'Original';
    const parts = [crop.label, crop.bytes + ' bytes', crop.bpp.toFixed(3) + ' bpp'];
    if (crop.psnr !== null) parts.push(crop.psnr.toFixed(2) + ' dB');
    if (crop.msSsim !== null) parts.push('MS-SSIM ' + crop.msSsim.toFixed(4));
    else if (crop.ssim !== null) parts.push('SSIM ' + crop.ssim.toFixed(4));
    return parts.join(', ');
  };
  const show = () => {
    const found = (select) => candidates().find((crop) => crop.codec === select.value);
    const [a, b] = [found(left), found(right)];
    if (!a || !b) return;
    const room = compare.parentElement.clientWidth;
    const factor = Math.max(1, Math.min(16, Math.floor(Math.min(room, 576) / a.width)));
    const [width, height] = [a.width * factor, a.height * factor];
    compare.style.width = slider.style.width = width + 'px';
    compare.style.height = height + 'px';
    for (const [id, crop] of [['left-picture', a], ['right-picture', b]]) {
      byId(id).src = crop.uri;
      byId(id).width = width;
      byId(id).height = height;
    }
    byId('left-caption').textContent = 'Left: ' + describe(a);
    byId('right-caption').textContent = 'Right: ' + describe(b);
    move(slider.value);
  };
  const move = (percent) => {
    slider.value = percent;
    byId('left-clip').style.width = byId('divider').style.left = percent + '%';
  };
  const refill = () => {
    const sizes = unique(ofImage().filter((crop) => crop.codec !== 'original').map((crop) => crop.allowedBytes));
    const pixelsOf = (bytes) => ofImage().find((crop) => crop.allowedBytes === bytes);
    const text = (bytes) => bytes + ' bytes (' + (pixelsOf(bytes).bpp * bytes / pixelsOf(bytes).bytes).toFixed(2) + ' bpp)';
    fill(size, sizes.sort((a, b) => a - b).map((bytes) => [String(bytes), text(bytes)]), size.value || String(sizes[1] ?? sizes[0]));
    const codecs = candidates().map((crop) => [crop.codec, crop.label]);
    const ours = codecs.find(([name]) => name.startsWith('ddpm'))?.[0];
    const rival = codecs.find(([name]) => name !== ours && name !== 'original')?.[0];
    fill(left, codecs, left.value || ours);
    fill(right, codecs, right.value || rival);
    show();
  };
  const drag = (event) => {
    if (event.buttons === 0 && event.type === 'pointermove') return;
    const box = compare.getBoundingClientRect();
    move(Math.max(0, Math.min(100, ((event.clientX - box.left) / box.width) * 100)));
  };
  compare.addEventListener('pointerdown', drag);
  compare.addEventListener('pointermove', drag);
  slider.addEventListener('input', () => move(slider.value));
  image.addEventListener('change', refill);
  size.addEventListener('change', refill);
  left.addEventListener('change', show);
  right.addEventListener('change', show);
  fill(image, unique(crops.map((crop) => crop.image)).map((name) => [name, name]));
  refill();
})();
`;
