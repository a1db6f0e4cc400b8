/** A run as a picture: the nodes over time by their phase, and how much of the allowed room is taken. Readable on light and on dark. */

import { type Sample, type SamplePhase, samplePhases } from './sample.ts';
import { areas, axisOf, type Frame, type Plot, x, y } from './svg-plot.ts';

export interface Picture {
  readonly samples: readonly Sample[];
  /** Seconds at which a change failed. */
  readonly failures: readonly number[];
  /** Seconds at which another controller began to lead. */
  readonly takeovers: readonly number[];
  /** The second at which the new content came: 0 on the axis. */
  readonly begins: number;
  /** Above the picture. */
  readonly title: string;
  /** On the same line as the title: how the object is rolled out. */
  readonly rollout: string;
}

const looks: Readonly<Record<SamplePhase, { readonly word: string; readonly colour: string }>> = {
  Updated: { word: 'updated', colour: '#009e73' },
  Approved: { word: 'approved', colour: '#f0d442' },
  Changing: { word: 'changing', colour: '#e69f00' },
  Waiting: { word: 'waiting', colour: '#94a3b8' },
  NotReady: { word: 'not ready', colour: '#5b4b9a' },
  Failed: { word: 'failed, runs what it had before', colour: '#b2182b' },
};

/** What counts against maxUnavailable, from below to above. */
const roomPhases: readonly SamplePhase[] = ['Changing', 'Approved', 'NotReady'];

const width = 960;
const height = 480;
const columns = { left: 56, right: width - 20 };
const fleetPlot: Plot = { ...columns, top: 82, bottom: 302 };
const roomPlot: Plot = { ...columns, top: 354, bottom: 434 };
/** Shown before the new content, in seconds. */
const before = 15;
/** A wider picture shows no more than this. */
const mostSteps = 290;

const style = [
  'text{font:13px system-ui,sans-serif;fill:#24292f}',
  '.bold{font-weight:600}',
  '.line{fill:none;stroke:#57606a}',
  '.soft{fill:none;stroke:#57606a;stroke-opacity:.25}',
  '.limit{fill:none;stroke:#24292f;stroke-width:1.5;stroke-dasharray:6 4}',
  '.leader{fill:none;stroke:#24292f;stroke-dasharray:2 3}',
  '.soak{fill:#000;fill-opacity:.14}',
  '.inside{fill:#14181d}',
  '.mark{fill:#b2182b}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.inside{fill:#14181d}.line,.soft{stroke:#9da7b3}.limit,.leader{stroke:#e6edf3}.mark{fill:#ff7b89}}',
].join('');

export function svgOf(picture: Picture): string {
  const samples = shown(picture);
  const total = ({ nodes }: Sample) => samplePhases.reduce((sum, phase) => sum + nodes[phase], 0);
  const room = ({ nodes, limit }: Sample) =>
    Math.max(
      limit,
      roomPhases.reduce((sum, phase) => sum + nodes[phase], 0),
    );
  const time = { from: samples[0]?.at ?? 0, until: (samples.at(-1)?.at ?? 0) + 1 };
  const fleet: Frame = { plot: fleetPlot, time, most: Math.max(1, ...samples.map(total)) };
  const rooms: Frame = { plot: roomPlot, time, most: Math.max(1, ...samples.map(room)) };
  const colours = (phases: readonly SamplePhase[]) => phases.map((phase) => ({ phase, colour: looks[phase].colour }));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(picture.title)}">`,
    `<style>${style}</style>`,
    `<text class="bold" x="${columns.left}" y="22">${escaped(picture.title)} <tspan font-weight="400">${escaped(picture.rollout)}</tspan></text>`,
    ...legend(picture, samples),
    ...areas(fleet, samples, colours(samplePhases)),
    ...soaks(fleet, samples),
    ...axisOf(fleet, picture.begins, 'nodes'),
    ...takeovers(fleet, picture.takeovers),
    ...failures(fleet, picture.failures),
    ...areas(rooms, samples, colours(roomPhases)),
    ...limit(rooms, samples),
    ...axisOf(
      rooms,
      picture.begins,
      'nodes that are changing, about to change, or not ready, below the limit maxUnavailable (dashed)',
    ),
    `<text x="${(columns.left + columns.right) / 2}" y="${height - 8}" text-anchor="middle">minutes since the new content</text>`,
    '</svg>',
  ].join('\n')}\n`;
}

/** From a little before the new content until a little after the last change, thinned to what can be seen. */
function shown({ samples, begins }: Picture): readonly Sample[] {
  const isNews = (sample: Sample, index: number) => JSON.stringify(sample.nodes) !== JSON.stringify(samples[index - 1]?.nodes);
  const last = samples[samples.findLastIndex(isNews)]?.at ?? 0;
  const margin = Math.max(before, (last - begins) / 20);
  const within = samples.filter(({ at }) => at >= begins - before && at <= last + margin);
  const stride = Math.max(1, Math.ceil(within.length / mostSteps));
  return within.filter((_sample, index) => index % stride === 0 || index === within.length - 1);
}

function soaks(frame: Frame, samples: readonly Sample[]): string[] {
  const { top, bottom } = frame.plot;
  return spans(samples).map(({ from, until }) => {
    const [left, right] = [x(frame, from), x(frame, until)];
    const word = right - left > 90 ? `<text class="inside" x="${left + 5}" y="${top + 17}">canaries soak</text>` : '';
    return `<rect class="soak" x="${left}" y="${top}" width="${Math.round(right - left)}" height="${bottom - top}"/>${word}`;
  });
}

/** The times in which the canaries soak. */
function spans(samples: readonly Sample[]): { readonly from: number; readonly until: number }[] {
  return samples.flatMap((sample, index) => {
    if (!sample.isSoaking || samples[index - 1]?.isSoaking) return [];
    const end = samples.slice(index).find(({ isSoaking }) => !isSoaking) ?? samples.at(-1);
    return [{ from: sample.at, until: end?.at ?? sample.at }];
  });
}

function takeovers(frame: Frame, times: readonly number[]): string[] {
  return within(frame, times).map((at) => {
    const { top, bottom } = frame.plot;
    return `<path class="leader" d="M${x(frame, at)} ${top - 4}V${bottom}"><title>a new controller leads</title></path>`;
  });
}

function failures(frame: Frame, times: readonly number[]): string[] {
  return within(frame, times).map(
    (at) => `<path class="mark" d="M${x(frame, at)} ${frame.plot.top - 2}l-5 -9h10z"><title>a change failed</title></path>`,
  );
}

function within({ time }: Frame, times: readonly number[]): number[] {
  return times.filter((at) => at >= time.from && at <= time.until);
}

function limit(frame: Frame, samples: readonly Sample[]): string[] {
  const steps = samples.filter((sample, index) => index > 0 && sample.limit !== samples[index - 1]?.limit);
  const path = steps.map((sample) => `H${x(frame, sample.at)}V${y(frame, sample.limit)}`).join('');
  return [`<path class="limit" d="M${frame.plot.left} ${y(frame, samples[0]?.limit ?? 0)}${path}H${frame.plot.right}"/>`];
}

/** Only what can be seen in this picture. */
function legend(picture: Picture, samples: readonly Sample[]): string[] {
  const seen = samplePhases.filter((phase) => samples.some(({ nodes }) => nodes[phase] > 0));
  const entries = seen.map((phase) => ({
    word: looks[phase].word,
    sign: (left: number) => `<rect x="${left}" y="37" width="12" height="12" fill="${looks[phase].colour}"/>`,
  }));
  if (picture.failures.length > 0)
    entries.push({ word: 'a change failed', sign: (left) => `<path class="mark" d="M${left + 6} 48l-5 -9h10z"/>` });
  if (picture.takeovers.length > 0)
    entries.push({ word: 'a new controller leads', sign: (left) => `<path class="leader" d="M${left + 6} 37v13"/>` });
  let left = columns.left;
  return entries.map(({ word, sign }) => {
    const entry = `${sign(left)}<text x="${left + 17}" y="48">${word}</text>`;
    left += 35 + Math.round(word.length * 6.7);
    return entry;
  });
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
