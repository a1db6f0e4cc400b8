/** Checks the value of a flag against its type, and of releases whose parsers are known as those read it. */

import type { FieldPath } from '../api/problem.ts';
import type { FlagValue } from '../api/types.ts';
import { show } from '../api/validate/parts.ts';
import { caution, refusal, type SpecProblem } from '../desired/spec-problem.ts';
import { isGoDuration, isGoFloat, isGoInteger, parseBool } from '../go/values.ts';
import { type FlagRow, type FlagType, newestFlags } from './data/kubelet-flags.ts';
import { flagValueFault } from './flag-grammar.ts';
import { flagType, newest } from './flag-table.ts';
import { formatRelease, knownRelease, type Release } from './release.ts';

interface Grammar {
  readonly accepts: (text: string) => boolean;
  readonly expects: string;
  readonly remedy: string;
}

const grammars: Readonly<Partial<Record<FlagType, Grammar>>> = {
  bool: { accepts: (text) => parseBool(text).ok, expects: 'true or false', remedy: 'write true or false' },
  int: { accepts: isGoInteger, expects: 'a whole number', remedy: 'write a whole number' },
  float: { accepts: isGoFloat, expects: 'a number', remedy: 'write a number' },
  duration: { accepts: isGoDuration, expects: 'a duration', remedy: 'write a number with its unit, e.g. 30s, 5m or 1h30m' },
};

/**
 * Problems of the value of a flag that the release has.
 * @param whose `Every` if all releases that have the flag refuse what this one refuses
 */
export function flagValueProblems(
  row: FlagRow,
  value: FlagValue,
  path: FieldPath,
  release: Release,
  whose: 'One' | 'Every' = 'One',
): SpecProblem[] {
  const type = flagType(row, release);
  const repeated = repetition(row, type, value, path);
  const grammar = grammars[type];
  const values = Array.isArray(value)
    ? value.map((item: unknown, index) => ({ item, place: [...path, index] }))
    : [{ item: value as unknown, place: path }];
  const wrong = values.flatMap(({ item, place }) => {
    if (!isScalar(item)) return [];
    const found = grammar === undefined || grammar.accepts(String(item)) ? undefined : grammar;
    if (found !== undefined) return [wrongValue(row.name, item, found, place, whose === 'Every' ? undefined : release)];
    const reason = oldestParsers <= release && release <= newest ? flagValueFault(row.name, String(item), release) : undefined;
    return reason === undefined ? [] : [unparsed(row.name, item, reason, place, whose === 'Every' ? undefined : release)];
  });
  return [...repeated, ...wrong];
}

/** The first release whose parser of each flag is known. */
const oldestParsers = knownRelease('1.17');

function unparsed(name: string, item: unknown, why: string, path: FieldPath, release: Release | undefined): SpecProblem {
  const whose = release === undefined ? 'no kubelet starts' : `kubelet ${formatRelease(release)} does not start`;
  const reason = `invalid argument ${show(item)} for the flag --${name}: ${why}: ${whose} with it`;
  return refusal('FlagInvalid', path, reason, 'write the value as the reason says, or remove the flag');
}

/** Validation refuses everything else, whatever the version. */
function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** Only a warning after the table, where the type may be another one. Undefined means every release. */
function wrongValue(
  name: string,
  item: unknown,
  { expects, remedy }: Grammar,
  path: FieldPath,
  release: Release | undefined,
): SpecProblem {
  const reason = `the flag --${name} takes ${expects}, found ${show(item)}`;
  if (release === undefined) return refusal('FlagInvalid', path, `${reason}: no kubelet starts with it`, remedy);
  if (release > newest) return caution('FlagInvalid', path, `up to ${newestFlags} ${reason}`, remedy);
  return refusal('FlagInvalid', path, `${reason}: kubelet ${formatRelease(release)} does not start with it`, remedy);
}

/** A flag that is a list or a map now, and was a text before, took only its last value then. */
function repetition(row: FlagRow, type: FlagType, value: FlagValue, path: FieldPath): SpecProblem[] {
  const accumulates = row.repeatable === true && type === row.type;
  if (!Array.isArray(value) || value.length < 2 || accumulates) return [];
  const reason = `of several values of the flag --${row.name} the kubelet takes the last`;
  return [caution('FlagInvalid', path, reason, 'write one value instead of a list')];
}
