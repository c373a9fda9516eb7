/** Name of the app, opening of files, light and dark. */
import { isDark, toggleTheme } from '../state/theme.ts';
import { OpenButton } from './drop-area.tsx';
import { MoonIcon, SunIcon } from './icons.tsx';

export function TopBar() {
  const dark = isDark();
  return (
    <header class="top">
      <h1>ddpm-codec</h1>
      <p class="tagline">One file, every quality: cut it anywhere and it is a picture.</p>
      <OpenButton />
      <button type="button" class="button button-icon" aria-pressed={dark} aria-label="Dark mode" onClick={toggleTheme}>
        {dark ? <SunIcon /> : <MoonIcon />}
      </button>
    </header>
  );
}
