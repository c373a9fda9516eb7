/** The form for compressing the picture, and the work while it goes on. */
import { useSignal } from '@preact/signals';
import { aboutDuration, duration } from '../format.ts';
import { effort, expectedSeconds, GOALS, type Goal, goal, numbers, RANGES, SIDES } from '../state/encode-settings.ts';
import { current } from '../state/gallery.ts';
import type { Job, Picture } from '../state/picture.ts';
import { Panel } from './panel.tsx';

const GOAL_NAMES: Readonly<Record<Goal, string>> = {
  bytes: 'File size',
  bpp: 'Bits per pixel',
  psnr: 'PSNR',
  quality: 'Quality',
  lossless: 'Lossless',
};

/** A picture that takes longer than this is scaled down unless somebody wants otherwise, in seconds. */
const PATIENCE = 45;

export function CompressPanel() {
  const picture = current.value;
  if (!picture) return null;
  return (
    <Panel title="Compress">
      {picture.file ? (
        <Form key={picture.key} picture={picture} />
      ) : (
        <p class="hint">This is a .ddpm file without its original. Open a picture to compress it.</p>
      )}
    </Panel>
  );
}

function Form({ picture }: { picture: Picture }) {
  const original = picture.original.value;
  const chosenSide = useSignal<number | null>(null);
  if (!original) return null;
  const { fullWidth, fullHeight } = original;
  const longest = Math.max(fullWidth, fullHeight);
  const sides = [longest, ...SIDES.filter((side) => side < longest)];
  const secondsOf = (side: number): number => expectedSeconds(fullWidth * fullHeight * (side / longest) ** 2);
  const side = chosenSide.value ?? sides.find((each) => secondsOf(each) <= PATIENCE) ?? sides[sides.length - 1];
  const job = picture.job.value;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void picture.compress(side);
      }}
    >
      <div class="field">
        <label for="goal">Goal</label>
        <select
          id="goal"
          value={goal.value}
          onChange={({ currentTarget }) => {
            goal.value = currentTarget.value as Goal;
          }}
        >
          {GOALS.map((name) => (
            <option key={name} value={name}>
              {GOAL_NAMES[name]}
            </option>
          ))}
        </select>
      </div>
      {goal.value !== 'lossless' && <GoalNumber name={goal.value} />}
      <div class="field">
        <label for="effort">Effort</label>
        <span class="with-unit">
          <input
            id="effort"
            type="range"
            min={1}
            max={9}
            value={effort.value}
            onInput={({ currentTarget }) => {
              effort.value = Number(currentTarget.value);
            }}
          />
          <span class="unit">{effort.value} of 9</span>
        </span>
      </div>
      {sides.length > 1 && (
        <div class="field">
          <label for="side">Size</label>
          <select
            id="side"
            value={side}
            onChange={({ currentTarget }) => {
              chosenSide.value = Number(currentTarget.value);
            }}
          >
            {sides.map((each) => (
              <option key={each} value={each}>
                {sizeText(fullWidth, fullHeight, each / longest)}
              </option>
            ))}
          </select>
        </div>
      )}
      {job ? (
        <Work job={job} />
      ) : (
        <div class="row">
          <button type="submit" class="button button-primary">
            Compress
          </button>
          <span class="hint">{aboutDuration(secondsOf(side))}</span>
        </div>
      )}
    </form>
  );
}

function sizeText(width: number, height: number, scale: number): string {
  return `${Math.round(width * scale)} × ${Math.round(height * scale)}`;
}

function GoalNumber({ name }: { name: Exclude<Goal, 'lossless'> }) {
  const { label, unit, min, max, step } = RANGES[name];
  return (
    <div class="field">
      <label for="goal-number">{label}</label>
      <span class="with-unit">
        <input
          id="goal-number"
          type="number"
          inputMode="decimal"
          required
          min={min}
          max={max}
          step={step}
          value={numbers.value[name]}
          onChange={({ currentTarget }) => {
            if (currentTarget.validity.valid) {
              numbers.value = { ...numbers.value, [name]: currentTarget.valueAsNumber };
            }
          }}
        />
        <span class="unit">{unit}</span>
      </span>
    </div>
  );
}

function Work({ job }: { job: Job }) {
  const left = job.secondsLeft.value;
  const percent = Math.round(job.fraction.value * 100);
  return (
    <div class="work">
      <progress aria-label="Compressing" max={100} value={percent} />
      <span class="hint">
        {percent} %{left === null ? '' : `, ${duration(left)} left`}
      </span>
      <button type="button" class="button" onClick={job.cancel}>
        Cancel
      </button>
    </div>
  );
}
