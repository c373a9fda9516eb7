/** Reconstruction, whether the file is exact, and downloads. */
import { MEDIA_TYPE, truncate } from 'ddpm-codec/browser';
import { exactBytes, shortBytes } from '../format.ts';
import { current } from '../state/gallery.ts';
import { plainWords, showError, status } from '../state/messages.ts';
import type { Picture } from '../state/picture.ts';
import type { Shot, Stream } from '../state/stream.ts';
import { SaveIcon } from './icons.tsx';
import { Panel } from './panel.tsx';

export function SavePanel() {
  const picture = current.value;
  const stream = picture?.stream.value;
  if (!picture || !stream) return null;
  const at = stream.position.value;
  const base = picture.name.replace(/\.[^.]*$/, '');
  return (
    <Panel title="Picture and file">
      <ReconstructionFields stream={stream} />
      <Exactness picture={picture} stream={stream} />
      <div class="downloads">
        <SaveButton
          label="Whole file"
          detail={shortBytes(stream.most)}
          onClick={() => save(new Blob([stream.bytes], { type: MEDIA_TYPE }), `${base}.ddpm`)}
        />
        <SaveButton label="Cut here" detail={shortBytes(at)} onClick={() => saveCut(stream, `${base}-${at}.ddpm`)} />
        <SaveButton
          label="PNG"
          detail="as shown"
          disabled={stream.shown.value === null}
          onClick={() => void savePng(stream.shown.value, stream, `${base}-${at}.png`)}
        />
      </div>
    </Panel>
  );
}

function ReconstructionFields({ stream }: { stream: Stream }) {
  const { reconstruction, reconstructionSeed } = stream.reconstruction.value;
  return (
    <>
      <div class="field">
        <label for="reconstruction">Missing detail</label>
        <select
          id="reconstruction"
          value={reconstruction}
          onChange={({ currentTarget }) =>
            stream.setReconstruction({ reconstructionSeed, reconstruction: currentTarget.value as 'mmse' | 'sample' })
          }
        >
          <option value="mmse">mean: best PSNR</option>
          <option value="sample">sample: texture</option>
        </select>
      </div>
      {reconstruction === 'sample' && (
        <div class="field">
          <label for="seed">Seed</label>
          <input
            id="seed"
            type="number"
            min={0}
            max={2 ** 32 - 1}
            step={1}
            required
            value={reconstructionSeed}
            onChange={({ currentTarget }) => {
              if (!currentTarget.validity.valid) return;
              stream.setReconstruction({ reconstruction, reconstructionSeed: currentTarget.valueAsNumber });
            }}
          />
        </div>
      )}
    </>
  );
}

/** Of a lossless file: whether it was found to be exact, and its size beside PNG. */
function Exactness({ picture, stream }: { picture: Picture; stream: Stream }) {
  if (!stream.info.lossless) return null;
  const last = stream.whole;
  const original = picture.original.value;
  if (!last) return <p class="hint">Lossless; it is checked when all of it is decoded.</p>;
  if (stream.info.truncated) return <p class="hint">Lossless file, cut: {last.exactRows} rows at the top are exact.</p>;
  if (!original) return <p class="hint">Lossless file.</p>;
  if (!last.identical) return <p class="warning">The decoded picture is not equal to the original.</p>;
  const share = Math.round(100 * (1 - stream.most / original.pngBytes));
  const than = share >= 0 ? `${share} % less` : `${-share} % more`;
  return (
    <p class="verified">
      Checked: every pixel equals the original. {exactBytes(stream.most)}, {than} than PNG (
      {exactBytes(original.pngBytes)}).
    </p>
  );
}

interface SaveButtonProps {
  readonly label: string;
  readonly detail: string;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

function SaveButton({ label, detail, disabled = false, onClick }: SaveButtonProps) {
  return (
    <button type="button" class="button button-save" disabled={disabled} onClick={onClick}>
      <SaveIcon />
      <span>
        {label} <span class="hint">{detail}</span>
      </span>
    </button>
  );
}

/** Saves the first bytes of a file; of a damaged one, those that are intact. */
function saveCut({ bytes, position }: Stream, name: string): void {
  try {
    const cut = truncate(bytes, { bytes: position.value }) as Uint8Array<ArrayBuffer>;
    save(new Blob([cut], { type: MEDIA_TYPE }), name);
  } catch (error) {
    showError(plainWords(error, name), error);
  }
}

async function savePng(shot: Shot | null, { info }: Stream, name: string): Promise<void> {
  if (!shot) return;
  try {
    const canvas = new OffscreenCanvas(info.width, info.height);
    canvas.getContext('2d')?.drawImage(shot.bitmap, 0, 0, info.width, info.height);
    save(await canvas.convertToBlob({ type: 'image/png' }), name);
  } catch (error) {
    showError(plainWords(error, name), error);
  }
}

/** How long the browser may take to start a download, in milliseconds. */
const DOWNLOAD_MS = 60_000;

function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_MS);
  status.value = `${name}: ${exactBytes(blob.size)}`;
}
