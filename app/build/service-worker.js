// The app's service worker: answers from what it has kept, so that the app works without a network. The build puts VERSION, the
// hash of all files, and FILES, their addresses relative to this file, in front. A new version waits until no page of the old one
// is open, whose scripts may still ask for files of theirs.
const CACHE = `ddpm-codec-app-${VERSION}`;

addEventListener('install', (event) => {
  const fill = async () => {
    const cache = await caches.open(CACHE);
    // Not from the browser's own cache, which may hold files of the version before.
    await cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' })));
  };
  event.waitUntil(fill());
});

addEventListener('activate', (event) => {
  const tidy = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith('ddpm-codec-app-') && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await clients.claim();
  };
  event.waitUntil(tidy());
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const scope = new URL('./', location.href);
  if (request.method !== 'GET' || request.headers.has('range') || !request.url.startsWith(scope.href)) return;
  const answer = async () => {
    const cache = await caches.open(CACHE);
    const kept = await cache.match(request, { ignoreSearch: request.mode === 'navigate' });
    if (kept) return kept;
    const response = await fetch(request);
    // Names in assets/ hold a hash of the content.
    if (response.ok && new URL(request.url).pathname.includes('/assets/')) await cache.put(request, response.clone());
    return response;
  };
  event.respondWith(answer());
});
