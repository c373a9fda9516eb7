/** Options of the `fid` command. */
import { Option } from 'commander';
import { INPUT_RANGES, type InputRange } from '../../fid/extraction.ts';
import { limitPixelsOption, noClobberOption, numberOption, usageError } from '../command-options.ts';
import type { DataSetOptions } from '../files/data-set.ts';
import { isStatisticsFile } from '../files/feature-sets.ts';
import { parseThreads } from '../parse-arguments.ts';

/** Options of the `fid` command as commander gives them; numbers are parsed but not checked. */
export interface FidCommandOptions extends DataSetOptions {
  readonly features?: string;
  readonly range?: InputRange;
  readonly size?: number;
  readonly output?: string;
  readonly kid?: true;
  readonly subsets?: number;
  readonly subsetSize?: number;
  readonly seed?: number;
  readonly precisionRecall?: true;
  readonly neighbour?: number;
  readonly batch?: number;
  readonly threads?: number | 'all';
  readonly saveStats?: string;
  readonly saveFeatures?: string;
  /** False with `--no-clobber`. */
  readonly clobber?: boolean;
  readonly json?: true;
  readonly quiet?: true;
}

/** The options of the command. */
export function optionsOfFid(): Option[] {
  return [
    new Option('--features <file>', 'network that makes the features, an ONNX file (needs onnxruntime-web)'),
    new Option('--range <range>', 'values that samples 0 and 255 get for it (default: 0..1)').choices(INPUT_RANGES),
    numberOption('--size <n>', 'side of the pictures, for a network of any size (default: their own)', '1..4096'),
    new Option('--output <name>', 'output of the network, if it has several'),
    new Option('--kid', 'also the kernel inception distance (Binkowski et al. 2018)'),
    numberOption('--subsets <n>', 'of --kid: number of subsets (default: 100)', 'an integer from 1 up'),
    numberOption('--subset-size <n>', 'of --kid: images of a subset (default: 1000)', 'an integer from 2 up'),
    numberOption('--seed <n>', 'of --kid: seed of the choice (default: 0)', 'an integer 0..4294967295'),
    new Option('--precision-recall', 'also improved precision and recall (Kynkaanniemi et al. 2019)'),
    numberOption('--neighbour <k>', 'of --precision-recall: reach of the spheres (default: 3)', 'an integer 1..1000'),
    numberOption('--images <n>', 'take the first n images of each set (default: all)', 'an integer from 1 up'),
    numberOption('--batch <n>', 'images that go through the network at a time (default: 16)', 'an integer 1..4096'),
    new Option('-j, --threads <n>', 'threads of the network, or all (default: 1)').argParser(parseThreads),
    new Option('--save-stats <file>', 'save mean and covariance of the set that is images, as .npz'),
    new Option('--save-features <file>', 'save the features, too, for --kid and --precision-recall'),
    noClobberOption(),
    limitPixelsOption(),
    new Option('--json', 'print one JSON object on standard output'),
    new Option('--quiet', 'print no progress and no warnings'),
  ];
}

/**
 * Checks that the options fit the sets and each other.
 *
 * @throws CliError with exit code 2 if they do not
 */
export function checkFidUsage(inputs: readonly string[], options: FidCommandOptions): void {
  const { features, saveStats, saveFeatures, images } = options;
  const ofImages = inputs.filter((input) => !isStatisticsFile(input)).length;
  const isSaved = saveStats !== undefined || saveFeatures !== undefined;
  if (ofImages > 0 && features === undefined) {
    throw usageError('images need --features FILE.onnx, the network that makes their features');
  }
  if (inputs.length === 1 && !isSaved) throw usageError('give a second set, or --save-stats FILE');
  if (isSaved && ofImages !== 1) {
    const save = saveStats === undefined ? '--save-features' : '--save-stats';
    throw usageError(`${save} takes one set of images, got ${ofImages}; save each set by a run of its own`);
  }
  if (images !== undefined && !(Number.isSafeInteger(images) && images >= 1)) {
    throw usageError(`--images expected an integer from 1 up, got ${images}`);
  }
  const needed = [
    ['subsets', 'kid'],
    ['subsetSize', 'kid'],
    ['seed', 'kid'],
    ['neighbour', 'precisionRecall'],
  ] as const;
  for (const [name, other] of needed) {
    if (options[name] !== undefined && !options[other]) throw usageError(`${flagOf(name)} needs ${flagOf(other)}`);
  }
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
