/** The layers of the file: the table of what the curve shows, and places to jump to. */
import { decibels } from '../format.ts';
import { current } from '../state/gallery.ts';
import type { Stream } from '../state/stream.ts';
import { Panel } from './panel.tsx';

const NUMBER = new Intl.NumberFormat('en');

export function LayersPanel() {
  const stream = current.value?.stream.value;
  if (!stream) return null;
  return (
    <Panel title="Layers">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: so that keys can scroll it */}
      {/* biome-ignore lint/a11y/useSemanticElements: a table that scrolls, not a part of the page */}
      <div class="table-frame" tabIndex={0} role="region" aria-label="Table of layers">
        <table>
          <thead>
            <tr>
              <th scope="col">
                <abbr title="Number of the layer; the button cuts the file after it">No.</abbr>
              </th>
              <th scope="col">
                <abbr title="Level of the pyramid: 0 is the full size, each further one has half the width">Level</abbr>
              </th>
              <th scope="col">
                <abbr title="Noise level that is left after the layer">Sigma</abbr>
              </th>
              <th scope="col">Bytes</th>
              <th scope="col">
                <abbr title="Length of the file up to the end of the layer, in bytes">Up to</abbr>
              </th>
              <th scope="col">PSNR</th>
            </tr>
          </thead>
          <tbody>
            <Rows stream={stream} />
          </tbody>
        </table>
      </div>
      {stream.info.damage && <p class="warning">Damaged after this: {stream.info.damage}</p>}
      {stream.info.truncated && !stream.info.damage && (
        <p class="hint">
          The file was cut: it has {stream.info.layers.length} of {stream.info.layersTotal} layers
          {stream.info.partialTail && ', and a part of what makes it lossless'}.
        </p>
      )}
    </Panel>
  );
}

function Rows({ stream }: { stream: Stream }) {
  const at = stream.position.value;
  const psnrs = new Map(stream.frames.value.map(({ bytes, psnr }) => [bytes, psnr]));
  const { layers, tail } = stream.info;
  const rows = layers.map(({ layer, level, sigma, bytes, cumulativeBytes }) => ({
    name: `${layer}`,
    level: `${level}`,
    sigma: sigma.toPrecision(3),
    bytes,
    end: cumulativeBytes,
  }));
  if (tail) rows.push({ name: 'exact', level: '0', sigma: '0', bytes: tail.bytes, end: tail.cumulativeBytes });
  return rows.map(({ name, level, sigma, bytes, end }) => (
    <tr key={name} class={end <= at ? 'row-there' : ''} aria-current={end === at ? 'true' : undefined}>
      <td>
        <button type="button" class="link" aria-label={`Cut after layer ${name}`} onClick={() => stream.moveTo(end)}>
          {name}
        </button>
      </td>
      <td>{level}</td>
      <td>{sigma}</td>
      <td>{NUMBER.format(bytes)}</td>
      <td>{NUMBER.format(end)}</td>
      <td>{psnrText(psnrs.get(end))}</td>
    </tr>
  ));
}

function psnrText(psnr: number | undefined): string {
  return psnr === undefined ? '–' : decibels(psnr, 1);
}
