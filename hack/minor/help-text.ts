/**
 * Reads what `kubelet --help` of a release prints: the public list of its flags, and of its alpha and
 * beta gates.
 */

import type { FlagType } from '../../src/kubelet/data/kubelet-flags.ts';
import type { Release } from '../../src/kubelet/release.ts';
import type { Flag } from './flags.ts';
import type { GateSpec } from './gates.ts';

export interface HelpText {
  readonly flags: readonly Flag[];
  /** The text leaves out what is stable, deprecated or locked. */
  readonly gates: ReadonlyMap<string, GateSpec>;
}

/**
 * What pflag calls the types. A flag without such a word is a bool. With any other word its type is not
 * known: pflag prints a word in backquotes out of the explanation instead of the type.
 */
const types: Readonly<Record<string, FlagType>> = {
  string: 'string',
  int: 'int',
  int32: 'int',
  int64: 'int',
  Level: 'int',
  float: 'float',
  duration: 'duration',
  ip: 'ip',
  quantity: 'quantity',
  strings: 'list',
  version: 'version',
};

/** @returns undefined for a text without flags */
export function readHelpText(text: string, release: Release): HelpText | undefined {
  const flags = text.split(/^(?= {2}(?:-\w,| {3}) --)/m).flatMap((block) => flagOf(block) ?? []);
  return flags.length === 0 ? undefined : { flags, gates: gatesIn(text, release) };
}

/** The block of a flag has more lines than one if its explanation has. */
function flagOf(block: string): Flag | undefined {
  const [, name, value] = /^ {2}(?:-\w,| {3}) --([\w-]+)(?: ((?:\[\])?[^\s[]+)\S*)?(?: {2}|\n|$)/.exec(block) ?? [];
  if (name === undefined) return undefined;
  const type = value === undefined ? 'bool' : typeCalled(value);
  // Of a list of anything else the last one given counts.
  const repeatable = type === 'map' || value === 'strings';
  return { name, type, repeatable, deprecated: block.includes('(DEPRECATED: '), goPath: undefined };
}

function typeCalled(word: string): FlagType | undefined {
  if (word.startsWith('[]')) return 'list';
  return /map/i.test(word) ? 'map' : types[word];
}

function gatesIn(text: string, from: Release): ReadonlyMap<string, GateSpec> {
  const found = text.matchAll(/\b(\w+)=true\|false \((ALPHA|BETA) - default=(true|false)\)/g);
  return new Map(
    [...found].map(([, name = '', stage, value]) => {
      return [name, { from, stage: stage === 'ALPHA' ? 'alpha' : 'beta', isOn: value === 'true', isLocked: false }];
    }),
  );
}
