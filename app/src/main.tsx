/** Starts the app. */
import { preload } from 'ddpm-codec/browser';
import { render } from 'preact';
import { openAddress, openSample } from './state/gallery.ts';
import { plainWords, showError } from './state/messages.ts';
import { App } from './view/app.tsx';
import './style.css';

const root = document.querySelector('#app');
if (root) render(<App />, root);

const address = new URLSearchParams(location.search).get('src');
void (address ? openAddress(new URL(address, location.href).href) : openSample());
// Meanwhile the model is on its way.
preload().catch((error) => showError(plainWords(error, 'The model'), error));

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  // Without it the app works, but not offline.
  navigator.serviceWorker.register(new URL('sw.js', document.baseURI)).catch(() => {});
}
