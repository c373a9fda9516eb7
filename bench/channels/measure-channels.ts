/** Measures channels on a source: all in turn on each tile, so that what else runs on the machine disturbs them alike. */
import { cpuTimeSince } from '../cpu-time.ts';
import type { ChannelRow } from '../documents/figures/channels.ts';
import { mean } from '../mean.ts';
import { type Source, type TrellisSetting, trellisOf } from './catalogue.ts';
import {
  type Channel,
  type ChannelReceiver,
  type ChannelSender,
  type ChannelTile,
  deliveredBits,
  klBits,
} from './channel.ts';
import { LinearInformation } from './linear-information.ts';
import type { Mixture } from './sources.ts';

/** Coefficients of the first tile on which each channel is run before it is measured. */
const WARM_UP = 2 * 192;
/** Spending over KL from which the trellis code's is found, and number of tiles for that. */
const FIRST_SPEND = 1.06;
const SPEND_TILES = 2;

/** The first n coefficients of a tile. */
function startOf(tile: ChannelTile, n: number): ChannelTile {
  const { target, residualVariance } = tile;
  return { ...tile, target: target.slice(0, n), residualVariance: residualVariance.slice(0, n), blocksWide: n / 192 };
}

/** CPU time of this process in microseconds that a call takes, with what it returns. */
function timed<T>(call: () => T): { readonly result: T; readonly time: number } {
  const start = process.cpuUsage();
  const result = call();
  return { result, time: cpuTimeSince(start) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Standard error of a ratio of sums, by the jackknife: each pair is left out in turn. */
export function ratioError(above: readonly number[], below: readonly number[]): number {
  const n = above.length;
  if (n < 2) return Number.NaN;
  const [a, b] = [sum(above), sum(below)];
  const without = above.map((value, i) => (a - value) / (b - below[i]));
  const middle = mean(without);
  return Math.sqrt(((n - 1) / n) * sum(without.map((value) => (value - middle) ** 2)));
}

/** A channel that is being measured. */
class Meter {
  readonly #channel: Channel;
  readonly #sender: ChannelSender;
  readonly #spent: number[] = [];
  readonly #delivered: number[] = [];
  readonly #kl: number[] = [];
  readonly #information: LinearInformation = new LinearInformation();
  readonly #values: Float32Array[] = [];
  #lookUps = 0;
  #encodeTime = 0;
  #cut = 0;
  #zipf: number | null = null;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#sender = channel.sender();
  }

  /** Sends a tile. */
  send(tile: ChannelTile): void {
    const before = this.#sender.bits;
    const { result: sent, time } = timed(() => this.#sender.send(tile));
    this.#encodeTime += time;
    this.#spent.push(this.#sender.bits - before);
    this.#delivered.push(sent.deliveredBits ?? deliveredBits(tile, sent.values));
    this.#kl.push(klBits(tile));
    this.#lookUps += sent.lookUps();
    this.#cut += sent.cut ?? 0;
    if (sent.zipfBits !== undefined) this.#zipf = (this.#zipf ?? 0) + sent.zipfBits;
    this.#information.add(tile, sent.values);
    this.#values.push(sent.values);
  }

  /** Delivered over spent bits so far. */
  get efficiency(): number {
    return sum(this.#delivered) / sum(this.#spent);
  }

  /** Decodes all tiles, and checks that they are what the encoder meant; returns the time in microseconds. */
  #receive(tiles: readonly ChannelTile[], message: Uint8Array): number {
    const receiver: ChannelReceiver = this.#channel.receiver(message);
    let total = 0;
    for (const [i, tile] of tiles.entries()) {
      const { result: values, time } = timed(() => receiver.receive(tile));
      total += time;
      if (values.some((value, j) => value !== this.#values[i][j])) {
        throw new Error(`${this.#channel.scheme}, ${this.#channel.setting}: tile ${i} is not decoded to what was sent`);
      }
    }
    return total;
  }

  /** The row of the table, once all tiles are sent. */
  row(source: string, tiles: readonly ChannelTile[], mixture: Mixture | undefined): ChannelRow {
    const { scheme, setting, reach } = this.#channel;
    const message = this.#sender.finish();
    const kl = sum(this.#kl);
    const spent = 8 * message.length;
    const ideal = reach === 'near' ? this.#delivered : this.#kl;
    return {
      source,
      scheme,
      setting,
      reach,
      spent: spent / kl,
      delivered: sum(this.#delivered) / kl,
      overhead: spent / sum(ideal),
      overheadError: ratioError(this.#spent, ideal),
      overheadAtEqualError: mixture ? spent / this.#information.bits : null,
      cut: this.#cut,
      zipf: this.#zipf === null ? null : this.#zipf / kl,
      lookUps: this.#lookUps / kl,
      encodeTime: this.#encodeTime / kl,
      decodeTime: this.#receive(tiles, message) / kl,
      memoryBytes: this.#sender.memoryBytes,
    };
  }
}

/**
 * The trellis code with the spending at which it delivers KL(q || p): what it delivers a bit hardly depends on the
 * spending near there.
 */
function trellisFor(tiles: readonly ChannelTile[], setting: TrellisSetting): Channel {
  const meter = new Meter(trellisOf(setting, FIRST_SPEND));
  for (const tile of tiles.slice(0, SPEND_TILES)) meter.send(tile);
  return trellisOf(setting, 1 / meter.efficiency);
}

/**
 * Measures the channels of a source whose `source: scheme, setting` contains the filter.
 *
 * @returns the tiles, and a row for each channel; no rows if the filter fits none
 */
export async function measureSource(
  source: Source,
  filter: string,
): Promise<{ readonly tiles: readonly ChannelTile[]; readonly rows: ChannelRow[] }> {
  const fits = ({ scheme, setting }: Channel): boolean => `${source.name}: ${scheme}, ${setting}`.includes(filter);
  const trellis = source.trellis.filter((setting) => fits(trellisOf(setting, 1)));
  const rivals = source.rivals.filter(fits);
  if (trellis.length + rivals.length === 0) return { tiles: [], rows: [] };
  const tiles = await source.tiles();
  const channels = [...trellis.map((setting) => trellisFor(tiles, setting)), ...rivals];
  for (const channel of channels) channel.sender().send(startOf(tiles[0], WARM_UP));
  const meters = channels.map((channel) => new Meter(channel));
  for (const tile of tiles) for (const meter of meters) meter.send(tile);
  return { tiles, rows: meters.map((meter) => meter.row(source.name, tiles, source.mixture)) };
}
