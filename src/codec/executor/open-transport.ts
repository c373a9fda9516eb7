import { ditheredTransport } from '../dithered/dithered-transport.ts';
import type { Header } from '../format/header.ts';
import type { Transport, TransportName } from '../transport/transport.ts';
import { trellisTransport } from '../trellis/trellis-transport.ts';

/** A transport, and the effort of its encoder. */
export interface TransportChoice {
  readonly name: TransportName;
  /** Survivor paths of the trellis search, 1..4096; null for `dithered`; ignored by decoders. */
  readonly beamWidth?: number | null;
}

/** Name of a stream's transport. */
export function streamTransport({ dithered }: Pick<Header, 'dithered'>): TransportName {
  return dithered ? 'dithered' : 'trellis';
}

/** Opens a transport. To add a new one, add it here and its name to {@link TransportName}. */
export function openTransport({ name, beamWidth }: TransportChoice): Transport {
  return name === 'dithered' ? ditheredTransport() : trellisTransport({ beamWidth: beamWidth ?? 1 });
}
