/** A run as a picture: nodes over time by their phase, the soak of the canaries, failures. Readable on light and on dark. */

import { type Sample, type SamplePhase, samplePhases } from './sample.ts';

interface Frame {
  readonly samples: readonly Sample[];
  readonly nodes: number;
  readonly seconds: number;
}

/** Each with a word for people, a colour, and the part of a pattern that tells it apart without colours. */
const looks: Readonly<Record<SamplePhase, { readonly word: string; readonly colour: string }>> = {
  Updated: { word: 'updated', colour: '#3a9d5d' },
  Approved: { word: 'approved', colour: '#f2c14e' },
  Changing: { word: 'changing', colour: '#e8871e' },
  Waiting: { word: 'waiting', colour: '#8fa3b8' },
  NotReady: { word: 'not ready', colour: '#6b5b95' },
  Failed: { word: 'failed', colour: '#d1495b' },
};

const width = 960;
const height = 420;
const plot = { left: 64, right: 24, top: 72, bottom: 48 };
const across = width - plot.left - plot.right;
const down = height - plot.top - plot.bottom;

/** @param title one line above the picture */
export function svgOf(samples: readonly Sample[], failures: readonly number[], title: string): string {
  const total = ({ nodes }: Sample) => samplePhases.reduce((sum, phase) => sum + nodes[phase], 0);
  const frame: Frame = {
    samples,
    nodes: Math.max(1, ...samples.map(total)),
    seconds: Math.max(1, samples.at(-1)?.at ?? 1),
  };
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    '<style>text{font:13px system-ui,sans-serif;fill:#24292f}.line{stroke:#57606a}.soft{stroke:#57606a;stroke-opacity:.25}.soak{fill:#57606a;fill-opacity:.16}.mark{fill:#d1495b}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.line,.soft{stroke:#9da7b3}.soak{fill:#e6edf3}}</style>',
    `<text x="${plot.left}" y="24" font-weight="600">${escaped(title)}</text>`,
    legend(),
    ...samplePhases.map((phase, index) => area(frame, phase, samplePhases.slice(0, index))),
    ...soaks(frame),
    ...axes(frame),
    ...failures.map(
      (at) => `<path class="mark" d="M${x(frame, at)} ${plot.top - 2}l-5 -9h10z"><title>failed at ${at} s</title></path>`,
    ),
    '</svg>',
  ].join('\n')}\n`;
}

function x({ seconds }: Frame, at: number): string {
  return (plot.left + (at / seconds) * across).toFixed(1);
}

function y({ nodes }: Frame, count: number): string {
  return (plot.top + down - (count / nodes) * down).toFixed(1);
}

/** The nodes of one phase, upon those of the phases below it. */
function area(frame: Frame, phase: SamplePhase, below: readonly SamplePhase[]): string {
  const base = ({ nodes }: Sample) => below.reduce((sum, one) => sum + nodes[one], 0);
  const upper = frame.samples.map((sample) => `${x(frame, sample.at)},${y(frame, base(sample) + sample.nodes[phase])}`);
  const lower = frame.samples.map((sample) => `${x(frame, sample.at)},${y(frame, base(sample))}`).reverse();
  return `<polygon fill="${looks[phase].colour}" points="${[...upper, ...lower].join(' ')}"/>`;
}

function soaks(frame: Frame): string[] {
  const found: string[] = [];
  let from: number | undefined;
  for (const { at, isSoaking } of frame.samples) {
    if (isSoaking) from ??= at;
    else if (from !== undefined) {
      found.push(soak(frame, from, at));
      from = undefined;
    }
  }
  return found;
}

function soak(frame: Frame, from: number, until: number): string {
  const [left, right] = [Number(x(frame, from)), Number(x(frame, until))];
  const word = `<text x="${left + 4}" y="${plot.top + 16}">canaries soak</text>`;
  return `<rect class="soak" x="${left}" y="${plot.top}" width="${(right - left).toFixed(1)}" height="${down}"/>${right - left > 90 ? word : ''}`;
}

function axes(frame: Frame): string[] {
  const bottom = plot.top + down;
  const minutes = stepOf(frame.seconds / 60);
  const nodes = stepOf(frame.nodes);
  const lines = [`<path class="line" fill="none" d="M${plot.left} ${plot.top}V${bottom}H${width - plot.right}"/>`];
  for (let minute = 0; minute * 60 <= frame.seconds; minute += minutes)
    lines.push(`<text x="${x(frame, minute * 60)}" y="${bottom + 20}" text-anchor="middle">${minute}</text>`);
  for (let count = 0; count <= frame.nodes; count += nodes) {
    const at = y(frame, count);
    lines.push(`<path class="soft" d="M${plot.left} ${at}H${width - plot.right}"/>`);
    lines.push(`<text x="${plot.left - 8}" y="${Number(at) + 4}" text-anchor="end">${count}</text>`);
  }
  lines.push(`<text x="${plot.left + across / 2}" y="${height - 8}" text-anchor="middle">minutes</text>`);
  return lines;
}

/** A round number of which about five fit. */
function stepOf(most: number): number {
  const rough = Math.max(1, most / 5);
  const power = 10 ** Math.floor(Math.log10(rough));
  return Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? rough);
}

function legend(): string {
  const entries = samplePhases.map((phase, index) => {
    const left = plot.left + index * 112;
    return `<rect x="${left}" y="38" width="12" height="12" fill="${looks[phase].colour}"/><text x="${left + 18}" y="49">${looks[phase].word}</text>`;
  });
  const mark = plot.left + samplePhases.length * 112;
  return `${entries.join('')}<path class="mark" d="M${mark + 6} 50l-5 -9h10z"/><text x="${mark + 18}" y="49">a change failed</text>`;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
