/** The parts of a picture: stacked areas in steps, and their axes. */

import type { Sample, SamplePhase } from './sample.ts';

/** In units of the picture. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Frame {
  readonly plot: Plot;
  /** In seconds. */
  readonly time: { readonly from: number; readonly until: number };
  /** How many nodes the upper edge stands for. */
  readonly most: number;
}

export function x({ plot, time }: Frame, at: number): number {
  return tenth(plot.left + ((at - time.from) / Math.max(1, time.until - time.from)) * (plot.right - plot.left));
}

export function y({ plot, most }: Frame, count: number): number {
  return tenth(plot.bottom - (count / most) * (plot.bottom - plot.top));
}

interface Layer {
  readonly phase: SamplePhase;
  readonly colour: string;
}

/** The uppermost layer is drawn first and whole, so that each needs only its upper edge: the others cover the rest. */
export function areas(frame: Frame, samples: readonly Sample[], layers: readonly Layer[]): string[] {
  return layers
    .map(({ phase, colour }, index) => {
      const upTo = layers.slice(0, index + 1);
      if (samples.every(({ nodes }) => nodes[phase] === 0)) return '';
      const heights = samples.map(({ nodes }) => upTo.reduce((sum, layer) => sum + nodes[layer.phase], 0));
      return `<path fill="${colour}" d="M${frame.plot.left} ${frame.plot.bottom}${edge(frame, samples, heights)}H${frame.plot.right}V${frame.plot.bottom}z"/>`;
    })
    .filter((path) => path !== '')
    .reverse();
}

function edge(frame: Frame, samples: readonly Sample[], heights: readonly number[]): string {
  return samples
    .map(({ at }, index) => {
      const count = heights[index] ?? 0;
      return index > 0 && heights[index - 1] === count ? '' : `H${x(frame, at)}V${y(frame, count)}`;
    })
    .join('');
}

/** @param origin the second that is 0 on the axis. @param words what is counted */
export function axisOf(frame: Frame, origin: number, words: string): string[] {
  const { left, right, top, bottom } = frame.plot;
  const minutes = stepOf((frame.time.until - origin) / 60, 8);
  const nodes = Math.max(1, stepOf(frame.most, bottom - top > 100 ? 5 : 2));
  const lines = [
    `<path class="line" d="M${left} ${top}V${bottom}H${right}"/>`,
    `<text x="${left}" y="${top - 8}">${words}</text>`,
  ];
  for (let minute = 0; origin + minute * 60 <= frame.time.until; minute += minutes)
    lines.push(`<text x="${x(frame, origin + minute * 60)}" y="${bottom + 18}" text-anchor="middle">${tenth(minute)}</text>`);
  for (let count = 0; count <= frame.most; count += nodes) {
    const at = y(frame, count);
    lines.push(
      `<path class="soft" d="M${left} ${at}H${right}"/><text x="${left - 8}" y="${at + 4}" text-anchor="end">${count}</text>`,
    );
  }
  return lines;
}

/** A round number of which about as many fit. */
function stepOf(most: number, fit: number): number {
  const rough = Math.max(0.1, most / fit);
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? rough;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
