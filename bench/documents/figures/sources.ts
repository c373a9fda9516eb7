/** All sources of figures. */
import type { FigureSource } from '../source.ts';
import { calibration } from './calibration.ts';
import { channels } from './channels.ts';
import { contactSheet, demo } from './demo.ts';
import { denoising } from './denoising.ts';
import { driftCifar10, driftKodak, driftSmall } from './drift.ts';
import { effortCifar10, effortKodak } from './effort.ts';
import { element } from './element.ts';
import { fleet } from './fleet.ts';
import { format } from './format.ts';
import { likelihood } from './likelihood.ts';
import { loop } from './loop.ts';
import { lossless } from './lossless.ts';
import { model } from './model.ts';
import { payload } from './payload.ts';
import { placeholder } from './placeholder.ts';
import { progressive } from './progressive.ts';
import { cifar10, graphics, kodak } from './rate-distortion.ts';
import { samplers } from './samplers.ts';
import { speed } from './speed.ts';
import { threads } from './threads.ts';
import { transportCifar10, transportKodak } from './transport.ts';

/** One for each measurement that scripts/release-model.js makes. */
export const SOURCES: readonly FigureSource[] = [
  model,
  format,
  cifar10,
  kodak,
  graphics,
  lossless,
  placeholder,
  payload,
  denoising,
  calibration,
  likelihood,
  samplers,
  threads,
  progressive,
  demo,
  contactSheet,
  effortKodak,
  effortCifar10,
  transportCifar10,
  transportKodak,
  channels,
  driftSmall,
  driftCifar10,
  driftKodak,
  speed,
  loop,
  element,
  fleet,
];
