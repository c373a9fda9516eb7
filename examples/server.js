/**
 * Serves the `.ddpm` files of a folder: the files themselves to clients that know the codec, AVIF, WebP or JPEG made of them to
 * all others. `http://127.0.0.1:8080/photo.ddpm?w=640` is photo.ddpm of that folder, by default the one that it is started in, 640 pixels wide.
 *
 *   npm run example:server [-- FOLDER [PORT]]
 */
import { createServer } from 'node:http';
import { createHandler, memoryCache, toNodeListener } from 'ddpm-codec/server';

const [root = '.', port = '8080'] = process.argv.slice(2);
const handler = createHandler({ root, cache: memoryCache({ bytes: 64e6 }), cors: '*', onError: console.error });
const server = createServer(toNodeListener(handler));
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`serving ${root} at http://127.0.0.1:${server.address().port}/`);
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    server.close(); // waits for responses
    await handler.close(); // waits for pictures, then ends their threads
  });
}
