/** The page. */
import { current, openSample, pictures } from '../state/gallery.ts';
import { ByteBar } from './byte-bar.tsx';
import { CompressPanel } from './compress-panel.tsx';
import { Curve } from './curve.tsx';
import { DropArea, OpenButton } from './drop-area.tsx';
import { LayersPanel } from './layers-panel.tsx';
import { Messages } from './messages.tsx';
import { SavePanel } from './save-panel.tsx';
import { SourceBar } from './source-bar.tsx';
import { Stage } from './stage.tsx';
import { Strip } from './strip.tsx';
import { TopBar } from './top-bar.tsx';

export function App() {
  const picture = current.value;
  return (
    <DropArea>
      <TopBar />
      <Messages />
      <main class={picture ? 'bench' : 'bench bench-empty'}>
        {picture ? (
          <>
            <section class="scene" aria-label="Picture">
              <SourceBar />
              <Stage />
              <ByteBar />
              {pictures.value.length > 1 && <Strip />}
            </section>
            <div class="panels">
              <Curve />
              <CompressPanel />
              <SavePanel />
              <LayersPanel />
            </div>
          </>
        ) : (
          <Welcome />
        )}
      </main>
    </DropArea>
  );
}

/** What is there before the first picture, or after the last one. */
function Welcome() {
  return (
    <div class="welcome">
      <h2>One file, every quality</h2>
      <p>
        Drop a picture or a .ddpm file here, paste one, or pick one. It is compressed and shown in this browser; nothing
        is uploaded.
      </p>
      <p class="row">
        <OpenButton primary />
        <button type="button" class="button" onClick={() => void openSample()}>
          Show the sample
        </button>
      </p>
    </div>
  );
}
