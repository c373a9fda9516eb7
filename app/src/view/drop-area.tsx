/** Ways for files to come in: dropped anywhere, pasted, or picked. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { openFiles, opening } from '../state/gallery.ts';
import { OpenIcon } from './icons.tsx';

const ACCEPTED = 'image/*,.ddpm';

export function DropArea({ children }: { children: ComponentChildren }) {
  const over = useSignal(false);
  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      void openFiles(files);
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, []);
  const drag = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    over.value = true;
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button "Open" does the same
    <div
      class={over.value ? 'page page-drop' : 'page'}
      onDragEnter={drag}
      onDragOver={drag}
      onDragLeave={(event) => {
        if (event.relatedTarget === null) over.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        void openFiles([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      {children}
    </div>
  );
}

/** Opens the browser's dialog for files. */
export function OpenButton({ primary = false }: { primary?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        class="hidden"
        type="file"
        accept={ACCEPTED}
        multiple
        tabIndex={-1}
        aria-hidden="true"
        onChange={({ currentTarget }) => {
          void openFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = ''; // so that the same file can be picked again
        }}
      />
      <button
        type="button"
        class={primary ? 'button button-primary' : 'button'}
        title="Open pictures or .ddpm files"
        disabled={opening.value}
        onClick={() => input.current?.click()}
      >
        <OpenIcon />
        {opening.value ? 'Opening…' : 'Open…'}
      </button>
    </>
  );
}
