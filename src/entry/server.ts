/**
 * `ddpm-codec/server`: serves `.ddpm` files over HTTP, and pictures made of them to clients without the codec. A web-standard
 * handler for Node, Deno and frameworks. Example: examples/server.js; docs/server.md.
 *
 * @module ddpm-codec/server
 */
export { createHandler, type Handler } from '../server/handler.ts';
export type { HandlerOptions } from '../server/handler-options.ts';
export { memoryCache, type PictureCache } from '../server/memory-cache.ts';
export type { PictureFormat } from '../server/negotiate.ts';
export { type NodeListener, toNodeListener } from '../server/node-listener.ts';
export type { PictureDecoder } from '../server/picture-maker.ts';
export type { OpenFile, StoredBytes, StoredFile, StoredRanges } from '../server/stored-file.ts';
