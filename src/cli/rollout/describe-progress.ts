/** One rollout in words: lines for a terminal, and lines for a log. Pure. */

import { listed } from '../../fleet/words.ts';
import { barOf, type Portion } from './bar.ts';
import { describeCanary, describeSeconds } from './canary.ts';
import { nodesPerMinute, type Pace } from './pace.ts';
import type { ObjectProgress } from './progress.ts';

/** What a line is about, which gives it its colour. */
export type Tone = 'Plain' | 'Good' | 'Busy' | 'Bad' | 'Dim';

/** A piece of text of one colour. */
export interface Piece {
  readonly tone: Tone;
  readonly text: string;
}

/** One line: pieces that follow each other. Continued lines of a text begin with `indent` blanks. */
export interface Line {
  readonly pieces: readonly Piece[];
  readonly indent: number;
}

/** Failed nodes that are shown; the counts tell of all of them. */
const mostFailed = 5;

/**
 * Everything about one rollout.
 * @param pace undefined for a single look, which says nothing of the pace
 */
export function describeProgress(progress: ObjectProgress, pace: Pace | undefined, width: number): Line[] {
  return [
    headLine(progress, width),
    ...(progress.state === 'Ready' ? [] : [line('Plain', `  ${countsOf(progress)}`)]),
    ...paceLines(progress, pace),
    ...(progress.canary ? [line('Dim', `  ${describeCanary(progress.canary)}`)] : []),
    ...nodeLines(progress),
    ...failedLines(progress),
    ...keptLines(progress),
    ...stateLines(progress),
  ];
}

/** `40 of 100 nodes updated, 5 changing, 55 waiting`. */
export function countsOf(progress: ObjectProgress): string {
  const { total, updated, changing, waiting, failed, held, withoutAgent, leaving } = progress;
  const waits = waiting.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const parts: readonly (readonly [number, string])[] = [
    [changing.length, 'changing'],
    [waits, 'waiting'],
    [failed.length, 'failed'],
    [held.length, 'held'],
    [withoutAgent.length, 'without agent'],
    [leaving.length, 'leaving it'],
  ];
  const others = parts.flatMap(([count, what]) => (count > 0 ? [`, ${count} ${what}`] : []));
  return `${updated.length} of ${total} ${total === 1 ? 'node' : 'nodes'} updated${others.join('')}`;
}

/** A line of a log: it is said when nothing with its key was said of the look before. */
export interface LogLine {
  readonly key: string;
  readonly text: string;
}

/** The lines of a log. Words in which a number or a name changes all the time are no part of a key. */
export function logLines(progress: ObjectProgress): LogLine[] {
  const { name, canary, waiting, changing, failed, state, reason, message } = progress;
  const isStuck = changing.length === 0;
  const entry = (text: string, key = text): LogLine => ({ key: `${name}: ${key}`, text: `${name}: ${text}` });
  return [
    entry(countsOf(progress)),
    ...(canary ? [entry(describeCanary(canary), `canary ${canary.kind}`)] : []),
    ...(isStuck ? waiting.map((group) => entry(`nodes wait: ${group.reason}`, `waits ${group.kind}`)) : []),
    ...failed.map(({ node, reason: why, remedy }) => entry(`${node} failed: ${why} → ${remedy}`)),
    ...(state === 'Ready' ? [entry(`ready: ${message}`)] : []),
    ...(state === 'Stalled' ? [entry(`stalled (${reason}): ${message}`)] : []),
  ];
}

function headLine({ name, state, isPaused, total, updated, ...progress }: ObjectProgress, width: number): Line {
  const waits = progress.waiting.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const portions: readonly (Portion & { readonly tone: Tone })[] = [
    { mark: '#', count: updated.length, tone: 'Good' },
    { mark: '>', count: progress.changing.length, tone: 'Busy' },
    { mark: 'x', count: progress.failed.length, tone: 'Bad' },
    { mark: '-', count: progress.held.length + progress.withoutAgent.length, tone: 'Dim' },
    { mark: '.', count: waits, tone: 'Dim' },
  ];
  const label = ` ${Math.floor((100 * updated.length) / Math.max(1, total))} %`.padStart(6);
  const word = isPaused ? 'paused' : words[state];
  const room = width - name.length - label.length - word.length - 6;
  const bar = barOf(portions, Math.max(10, Math.min(60, room)));
  const pieces = bar.map(({ mark, count }): Piece => {
    const tone = portions.find((portion) => portion.mark === mark)?.tone ?? 'Plain';
    return { tone, text: mark.repeat(count) };
  });
  const plain = (text: string): Piece => ({ tone: 'Plain', text });
  if (total === 0) return { pieces: [plain(`${name}  no nodes  `), { tone: tones[state], text: word }], indent: 2 };
  return { pieces: [plain(`${name}  [`), ...pieces, plain(`]${label}  `), { tone: tones[state], text: word }], indent: 2 };
}

const words = { Ready: 'ready', Reconciling: 'rolling out', Stalled: 'stalled', Unobserved: 'not seen yet' } as const;
const tones = { Ready: 'Good', Reconciling: 'Busy', Stalled: 'Bad', Unobserved: 'Dim' } as const satisfies Record<string, Tone>;

function paceLines({ changing, waiting }: ObjectProgress, pace: Pace | undefined): Line[] {
  const rate = pace && nodesPerMinute(pace);
  if (rate === undefined || changing.length === 0) return [];
  const left = changing.length + waiting.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const shown = rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
  return [line('Plain', `  ${shown} nodes per minute, about ${describeSeconds((left * 60) / rate)} left at this pace`)];
}

function nodeLines({ changing, waiting, leaving }: ObjectProgress): Line[] {
  return [
    ...(changing.length > 0 ? [line('Busy', `  changing: ${named(changing)}`)] : []),
    ...(leaving.length > 0 ? [line('Busy', `  leaving it: ${named(leaving)}`)] : []),
    ...waiting.map(({ reason, nodes }) => line('Dim', `  ${nodes.length} waiting: ${reason} (${named(nodes)})`)),
  ];
}

function failedLines({ failed }: ObjectProgress): Line[] {
  const shown = failed
    .slice(0, mostFailed)
    .flatMap(({ node, reason, remedy }) => [
      { pieces: [{ tone: 'Bad', text: `  ${node} failed: ` } as const, { tone: 'Plain', text: reason } as const], indent: 4 },
      line('Dim', `    → ${remedy}`, 6),
    ]);
  const others = failed.length - mostFailed;
  return others > 0 ? [...shown, line('Bad', `  and ${others} more failed: kubectl get nodekubelets`)] : shown;
}

function keptLines({ held, withoutAgent }: ObjectProgress): Line[] {
  const release = (node = '') => `kubectl describe nodekubelet ${node} says by whom, and how to release it`;
  return [
    ...(held.length > 0 ? [line('Dim', `  held by a person: ${named(held)}; ${release(held[0])}`)] : []),
    ...(withoutAgent.length > 0
      ? [line('Dim', `  no agent answers on ${named(withoutAgent)}; see that it runs there and reaches the API server`)]
      : []),
  ];
}

/** What the controller says, where the nodes do not say it. */
function stateLines({ state, reason, message, name, isPaused }: ObjectProgress): Line[] {
  switch (state) {
    case 'Stalled':
      return [line('Bad', `  stalled (${reason}): ${message}`)];
    case 'Unobserved':
      return [line('Dim', `  ${message}`)];
    case 'Ready':
      return [line('Good', `  ${message}`)];
    case 'Reconciling':
      return isPaused ? [line('Plain', `  → kubelet-config rollout resume ${name} lets it go on`)] : [];
    default:
      return state satisfies never;
  }
}

function named(names: readonly string[]): string {
  return listed(names.map((name) => ({ name })));
}

function line(tone: Tone, text: string, indent = 4): Line {
  return { pieces: [{ tone, text }], indent };
}
