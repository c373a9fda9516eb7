import { ditheredTransport } from '../dithered/dithered-transport.ts';
import type { Header } from '../format/header.ts';
import type { Transport, TransportName } from '../transport/transport.ts';
import { trellisTransport } from '../trellis/trellis-transport.ts';

/** Which transport, and how hard its encoder tries. */
export interface TransportChoice {
  readonly name: TransportName;
  /** Survivor paths of the trellis search, 1..4096; null for `dithered`, and of no account for decoders. */
  readonly beamWidth?: number | null;
}

/** The transport of a stream. */
export function streamTransport({ dithered }: Pick<Header, 'dithered'>): TransportName {
  return dithered ? 'dithered' : 'trellis';
}

/** The transport of a choice: a new one adds a line here and its name in {@link TransportName}. */
export function openTransport({ name, beamWidth }: TransportChoice): Transport {
  return name === 'dithered' ? ditheredTransport() : trellisTransport({ beamWidth: beamWidth ?? 1 });
}
