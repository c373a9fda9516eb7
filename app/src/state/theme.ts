/** Light or dark: as the system says, until somebody chooses. */
import { effect, signal } from '@preact/signals';
import { recall, remember } from './storage.ts';

const system = matchMedia('(prefers-color-scheme: dark)');
const chosen = signal(recall('theme'));
const systemIsDark = signal(system.matches);
system.addEventListener('change', () => {
  systemIsDark.value = system.matches;
});

export function isDark(): boolean {
  return chosen.value === null ? systemIsDark.value : chosen.value === 'dark';
}

export function toggleTheme(): void {
  chosen.value = isDark() ? 'light' : 'dark';
  remember('theme', chosen.value);
}

effect(() => {
  document.documentElement.dataset.theme = isDark() ? 'dark' : 'light';
});
