/** Finds the oldest rkt that understands a list of words. */
import semver from 'semver';
import { findCommand, type Word } from './command.ts';
import type { Occurrence } from './flags.ts';
import { usesFly } from './fly.ts';
import { readRunWords } from './run-words.ts';
import { insecureWords } from './values.ts';
import { parseVolume } from './volume-grammar.ts';

export interface LeastRkt {
  readonly version: string;
  /** The words that need it, for a sentence such as "… needs it". */
  readonly because: string;
}

/** The version that the kubelet-wrapper's documentation names. */
const FLOOR: LeastRkt = { version: '0.15.0', because: 'the kubelet-wrapper needs it' };

/** From rkt/flag/secflags.go in the release tags. All other words are as old as the option. */
const INSECURE_SINCE: Readonly<Record<string, string>> = {
  http: '0.16.0',
  pubkey: '1.3.0',
  ...Object.fromEntries(['capabilities', 'paths', 'seccomp', 'all-fetch', 'all-run'].map((word) => [word, '1.13.0'])),
};

/**
 * Knows `run`, `rm`, `stop` and `status`. A word that rkt would refuse needs no later version than its
 * option.
 */
export function leastRkt(words: readonly string[]): LeastRkt {
  const command = findCommand(words);
  switch (command.kind) {
    case 'run':
      return runNeeds(command.words);
    case 'stop':
      return usesUuidFile(command.words)
        ? { version: '1.11.0', because: '--uuid-file of rkt stop' }
        : { version: '1.10.0', because: 'rkt stop' };
    case 'status':
      return usesUuidFile(command.words) ? { version: '1.30.0', because: '--uuid-file of rkt status' } : FLOOR;
    case 'rm':
    case 'other':
    case 'refused':
      return FLOOR;
    default:
      return command satisfies never;
  }
}

function usesUuidFile(words: readonly Word[]): boolean {
  return words.some(({ text }) => /^--uuid-file(?:=|$)/.test(text));
}

function runNeeds(words: readonly Word[]): LeastRkt {
  const run = readRunWords(words);
  const needs = run.occurrences.flatMap((occurrence) => occurrenceNeeds(occurrence, usesFly(run)));
  // Before 1.20.0, rkt understands only docker://.
  const images = run.images
    .filter(({ reference }) => /^docker:(?!\/\/)/i.test(reference))
    .map(({ reference }) => ({ version: '1.20.0', because: `${reference} without //` }));
  return [...needs, ...images].reduce(later, FLOOR);
}

function later(one: LeastRkt, other: LeastRkt): LeastRkt {
  return semver.gt(other.version, one.version) ? other : one;
}

function occurrenceNeeds({ option, value }: Occurrence, fly: boolean): LeastRkt[] {
  return [{ version: option.since, because: `--${option.name}` }, ...valueNeeds(option.name, value, fly)];
}

function valueNeeds(name: string, value: string, fly: boolean): LeastRkt[] {
  switch (name) {
    case 'insecure-options':
      return insecureWords(value).map((word) => ({
        version: INSECURE_SINCE[word] ?? FLOOR.version,
        because: `--insecure-options=${word}`,
      }));
    case 'volume': {
      const volume = parseVolume(value);
      return volume.ok && volume.value.recursive !== undefined ? [{ version: '1.15.0', because: 'recursive= of --volume' }] : [];
    }
    case 'dns':
      return value === 'host' || value === 'none' ? [{ version: '1.15.0', because: `--dns=${value}` }] : [];
    case 'port':
      return value.split(':').length > 2 ? [{ version: '1.19.0', because: 'an IP in --port' }] : [];
    case 'exec':
      return execNeeds(value, fly);
    default:
      return [];
  }
}

/** Before 1.30, fly executes the word as it is. Other stage1 images search PATH since 0.16. */
function execNeeds(value: string, fly: boolean): LeastRkt[] {
  if (value === '' || value.startsWith('/')) return [];
  const version = fly && !value.includes('/') ? '1.30.0' : '0.16.0';
  return [{ version, because: `--exec=${value}, which is no absolute path` }];
}
