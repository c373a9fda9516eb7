/** Makes the report as one HTML file that contains all its plots, pictures and scripts. */
import type { Crop } from '../measure/crops.ts';
import type { BenchResult } from './bench-result.ts';
import { costTables, pointsTable } from './cost-tables.ts';
import { panelImages } from './images-plot.ts';
import { qualityMeasure } from './quality-measures.ts';
import { measureTables, overviewTables } from './quality-tables.ts';
import type { Averaged } from './rate-plot.ts';
import { PAGE_SCRIPT, PAGE_STYLE } from './report-page.ts';
import type { ReportPlots } from './report-plots.ts';
import { RESAMPLES } from './spread.ts';
import { type Table, withRows } from './table.ts';

const AVERAGED_NAMES: Readonly<Record<Averaged, string>> = { setting: 'at equal setting', rate: 'at equal rate' };

/** Escapes text for HTML. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

function tableHtml({ title, note, head, rows }: Table, level = 2): string {
  const cells = (tag: string, row: readonly string[]): string =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n');
  return `<section><h${level}>${escapeHtml(title)}</h${level}><p>${escapeHtml(note)}</p>
<div class="wide"><table><thead><tr>${cells('th', head)}</tr></thead><tbody>
${body}
</tbody></table></div></section>`;
}

/** A group of radio buttons; empty if there is only one option. */
function choice(name: string, label: string, options: readonly (readonly [value: string, text: string])[]): string {
  if (options.length < 2) return '';
  const inputs = options.map(
    ([value, text], i) =>
      `<label><input type="radio" name="${name}" value="${value}"${i === 0 ? ' checked' : ''}> ${escapeHtml(text)}</label>`,
  );
  return `<fieldset><legend>${escapeHtml(label)}</legend>${inputs.join(' ')}</fieldset>`;
}

/** Plots and tables of each measure, of which the page shows one. */
function curvesHtml(result: BenchResult, plots: ReportPlots['curves']): string {
  const measures = result.measures.map(({ measure }) => qualityMeasure(measure));
  const averaged = [...new Set(plots.map((plot) => plot.averaged))];
  const controls = [
    choice(
      'measure',
      'Quality',
      measures.map(({ name, label }) => [name, label] as const),
    ),
    choice(
      'averaged',
      'Means',
      averaged.map((one) => [one, AVERAGED_NAMES[one]] as const),
    ),
    choice('scale', 'Rate axis', [
      ['log', 'logarithmic'],
      ['linear', 'linear'],
    ]),
    choice('counted', 'Bits counted', [
      ['file', 'whole files'],
      ['payload', 'without each format’s fixed cost'],
    ]),
  ];
  const shown = plots.map(({ svg, measure, averaged, scale, counted }, i) => {
    const key = [measure, averaged, scale, counted].join(' ');
    return `<div class="plot" data-key="${key}"${i > 0 ? ' hidden' : ''}>${svg}</div>`;
  });
  const tables = measures.map((measure, i) => {
    const list = measureTables(result, measure).map((table) => tableHtml(table, 3));
    return `<div class="of-measure" data-measure="${measure.name}"${i > 0 ? ' hidden' : ''}>${list.join('\n')}</div>`;
  });
  return `<section id="curves"><h2>Rate and quality</h2>
<p>Means over the ${result.images.length} images, by real file bytes; dashed: computed rates without files; dotted: published figures, on
the data set that their source names. At equal rate each picture’s curve is interpolated and a line covers the rates that all pictures reach; a
thin line is one of a codec without such rates, and each of its marks a mean over a part of the pictures, which do not compare. At equal setting, as most
papers show it, a mark is a setting of the codec. Point at a mark for its figures.</p>
<form class="controls">${controls.join('')}</form>
${shown.join('\n')}
${tables.join('\n')}</section>
${withRows(overviewTables(result))
  .map((table) => tableHtml(table))
  .join('\n')}`;
}

/** What means and comparisons leave out. */
function leftOutHtml({ leftOut }: BenchResult): string {
  if (leftOut.length === 0) return '';
  const items = leftOut.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join('\n');
  return `<section id="left-out"><h2>Left out</h2><ul>
${items}
</ul></section>`;
}

function imagesHtml(result: BenchResult, plot: ReportPlots['images']): string {
  if (plot === undefined) return '';
  const panels = panelImages(result);
  const anchor = result.deltas[0] && result.codecs.find(({ codec }) => codec === result.deltas[0].anchor)?.label;
  const which =
    panels.length < result.images.length
      ? `${panels.length} of ${result.images.length} images, evenly from the best to the worst for ddpm-codec.`
      : 'Every image.';
  const figure = anchor ? ` In brackets: BD-rate of ddpm-codec against ${anchor}; negative is better.` : '';
  return `<section id="images"><h2>Single images</h2><p>${escapeHtml(`${which}${figure}`)}</p>
<div class="wide">${plot}</div></section>`;
}

function dataUri(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/** The section that compares crops, with their data as JSON for the script of the page. */
function cropsHtml(result: BenchResult, crops: readonly Crop[]): string {
  if (crops.length === 0) return '';
  const labels = new Map<string, string>(result.codecs.map(({ codec, label }) => [codec, label]));
  const data = crops.map(({ png, codec, ...crop }) => ({
    ...crop,
    psnr: Number.isFinite(crop.psnr) ? crop.psnr : null,
    codec,
    label: codec === 'original' ? 'Original' : (labels.get(codec) ?? codec),
    uri: dataUri(png),
  }));
  // Escaped so that a "</script>" within the data cannot end the script element.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  return `<section id="crops"><h2>Side by side at equal bytes</h2>
<p>The middle of a picture. For each size every codec was given the same number of bytes and made the best file that fits; figures are those of
the whole picture. Drag the line.</p>
<form class="controls"><label>Image <select id="crop-image"></select></label>
<label>Size <select id="crop-size"></select></label>
<label>Left <select id="crop-left"></select></label> <label>Right <select id="crop-right"></select></label></form>
<div id="compare"><img id="right-picture" alt="right"><div id="left-clip"><img id="left-picture" alt="left"></div><div id="divider"></div></div>
<input id="slider" type="range" min="0" max="100" value="50" aria-label="Where left ends and right begins">
<p class="captions"><span id="left-caption"></span><span id="right-caption"></span></p>
<script type="application/json" id="crop-data">${json}</script></section>`;
}

function conditionsHtml(result: BenchResult): string {
  const { machine, images, command, created } = result;
  const sizes = [...new Set(images.map(({ width, height }) => `${width} x ${height}`))];
  const facts: [string, string][] = [
    ['Images', `${images.length}, ${sizes.slice(0, 6).join(', ')}${sizes.length > 6 ? ' and others' : ''}`],
    ['Made', created],
    ['Command', command || 'called as a library'],
    [
      'Processor',
      `${machine.cpu}, ${machine.cores} logical cores, ${Math.round(machine.memoryBytes / 2 ** 30)} GiB memory`,
    ],
    ['System', `${machine.platform}, Node ${machine.node}`],
    ['Processes', `${machine.jobs} at a time, each on one thread`],
    ...result.codecs.map(({ label, version }): [string, string] => [label, version]),
    ...result.references.map(({ name, source, url, dataSet, note }): [string, string] => [
      name,
      `${source}, ${url}; ${dataSet}. ${note}`,
    ]),
  ];
  const rows = facts
    .map(([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`)
    .join('\n');
  return `<section id="conditions"><h2>Conditions</h2><div class="wide"><table class="facts">${rows}</table></div></section>`;
}

const DEFINITIONS = `<section id="definitions"><h2>What is measured</h2><ul>
<li><b>Rate</b>: bytes of the file times 8 over the pixels; of ddpm-codec, the prefix of its one file that ends with a layer.</li>
<li><b>PSNR</b>: per image from the squared error over all samples, then the mean over the images. <b>SSIM</b>, <b>MS-SSIM</b>: 11 x 11 Gaussian window
of sigma 1.5, K1 = 0.01, K2 = 0.03, mean over the channels, or of luma; not for sides below 11 and 176 pixels. <b>SSIMULACRA 2</b>: 100 for equal
pictures. <b>LPIPS</b>, <b>DISTS</b>: 0 for equal pictures, by the networks that the command names.</li>
<li><b>Means at equal rate</b>: each picture’s points are interpolated by monotone piecewise cubics over the logarithm of the rate, then the pictures are
averaged at each rate; nothing is extrapolated. At equal quality the mean is one of the logarithm of the rate.</li>
<li><b>BD-rate, BD-PSNR</b> and others: mean difference of the logarithm of the rate at equal quality, and of quality at equal rate, between these
curves of one picture, over the range that both cover; then the mean over the pictures. Its interval: percentiles 2.5 and 97.5 of the means of
${RESAMPLES} sets of pictures drawn with replacement. Of SSIM and MS-SSIM the quality is −10 log10(1 − x) dB.</li>
<li><b>Fixed cost</b>: what the same encoder takes for a flat grey picture of 8 x 8 pixels at the same quality; of JPEG all marker segments with their
tables, where that is more; of ddpm-codec its header alone.</li>
<li><b>Seconds</b>: wall clock, one thread, after a first picture that does not count. Of a layer: until that layer was coded, or its picture was there.</li>
</ul></section>`;

/**
 * Makes the report as one HTML document, which loads no other files.
 *
 * @param crops - crops of decoded pictures, and of the original of each
 */
export function reportHtml(result: BenchResult, plots: ReportPlots, crops: readonly Crop[]): string {
  const costs = costTables(result)
    .map((table) => tableHtml(table))
    .join('\n');
  const points = result.codecs.map((curve) => tableHtml(pointsTable(result, curve), 3)).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>ddpm-codec: rate and distortion</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
<body>
<h1>ddpm-codec: rate and distortion on ${result.images.length} images</h1>
${leftOutHtml(result)}
${curvesHtml(result, plots.curves)}
${cropsHtml(result, crops)}
${imagesHtml(result, plots.images)}
${costs}
<section id="points"><h2>All points</h2><details><summary>Means of every codec at every setting</summary>
${points}
</details></section>
${DEFINITIONS}
${conditionsHtml(result)}
<div id="tip" role="status" hidden></div>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}
