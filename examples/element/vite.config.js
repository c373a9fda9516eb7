import { readFileSync } from 'node:fs';
import { withPictures } from './figure.js';

/** What prepare.js has made. */
const pictures = () => JSON.parse(readFileSync(new URL('out/pictures.json', import.meta.url), 'utf8'));

export default { publicDir: 'out', plugins: [withPictures(pictures)] };
