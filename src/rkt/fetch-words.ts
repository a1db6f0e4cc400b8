/**
 * The arguments with which `rkt fetch` fetches an image as `rkt run` would (rkt/fetch.go of 1.30,
 * rkt/rkt.go).
 */

import { findCommand } from './command.ts';
import type { Occurrence } from './flags.ts';
import { GLOBAL_OPTIONS } from './options.ts';
import { readRunWords } from './run-words.ts';

/**
 * With this option `fetch` asks the registry only for an image that is not in the store, as `run` does. rkt
 * before 1.24 does not know the option and does the same without it.
 */
export const pullPolicyWord = { word: '--pull-policy=new', complaint: 'unknown flag: --pull-policy' };

const policies = ['pull-policy', 'store-only', 'no-store'];
const profiles = ['cpuprofile', 'memprofile'];
const taken = [...GLOBAL_OPTIONS.map(({ name }) => name).filter((name) => !profiles.includes(name)), ...policies];

/**
 * @param run the arguments of `rkt run`, after the program's name
 * @returns the arguments of `rkt fetch`; undefined if `run` cannot be read or runs no image
 */
export function fetchWords(run: readonly string[]): readonly string[] | undefined {
  const command = findCommand(run);
  if (command.kind !== 'run') return undefined;
  const { images, occurrences, stop } = readRunWords(command.words);
  const [image] = images;
  if (stop || image === undefined) return undefined;
  const options = occurrences.filter(({ option }) => taken.includes(option.name));
  const isTold = options.some(({ option }) => policies.includes(option.name));
  const signatures = occurrences.filter((occurrence) => occurrence.option.name === 'signature' && occurrence.image === 0);
  return ['fetch', ...options.map(asWord), ...(isTold ? [] : [pullPolicyWord.word]), image.reference, ...signatures.map(asWord)];
}

function asWord({ option, value }: Occurrence): string {
  return `--${option.name}=${value}`;
}
