/** Where an option may stand and how often: findings that depend on the options before it. */

import { quoted, splitOnce } from '../go/text.ts';
import { error, type RktFinding, warning } from './finding.ts';
import type { Occurrence } from './flags.ts';
import type { RunWords } from './run-words.ts';

/** Options in the wrong place, and those that rkt refuses because of an earlier one. */
export function repeatFindings({ occurrences }: RunWords): RktFinding[] {
  return occurrences.flatMap((occurrence, index) => repeatFinding(occurrence, occurrences.slice(0, index)) ?? []);
}

function repeatFinding(occurrence: Occurrence, before: readonly Occurrence[]): RktFinding | undefined {
  const { option, value, valueWord: word, image } = occurrence;
  if (option.scope === 'image' && image < 0) {
    // rkt confuses these names.
    const name = option.name === 'caps-remove' || option.name.startsWith('cap-') ? 'caps-retain' : option.name;
    return error(word, `--${name} must follow an image`, 'put it behind the image');
  }
  const same = before.filter((other) => other.option === option);
  if (option.name.startsWith('stage1-')) return stage1Finding(occurrence, before);
  if (option.name === 'set-env') {
    const key = splitOnce(value, '=')?.[0];
    const twice = same.some((other) => splitOnce(other.value, '=')?.[0] === key);
    return key !== undefined && twice ? error(word, `key ${quoted(key)} already set`, 'keep one of them') : undefined;
  }
  if (option.name === 'net') return networkFinding(occurrence, same);
  if (option.repeat === 'once' && same.some((other) => other.image === image && other.value !== '')) {
    return error(word, `--${option.name} specified multiple times for the same image`, 'keep one of them');
  }
  return undefined;
}

function stage1Finding({ option, valueWord }: Occurrence, before: readonly Occurrence[]): RktFinding | undefined {
  const first = before.find((other) => other.option.name.startsWith('stage1-'));
  if (!first) return undefined;
  const remedy = 'keep one --stage1-… option';
  if (first.option === option) return error(valueWord, `--${option.name} already used`, remedy);
  return error(valueWord, `flags --${option.name} and --${first.option.name} are mutually exclusive`, remedy);
}

function networkFinding({ value, valueWord }: Occurrence, same: readonly Occurrence[]): RktFinding | undefined {
  const names = networkNames(value);
  const earlier = same.flatMap((other) => networkNames(other.value));
  const twice = names.find((name, index) => earlier.includes(name) || names.indexOf(name) < index);
  return twice === undefined ? undefined : error(valueWord, `found duplicate netname ${quoted(twice)}`, 'name each network once');
}

/** The names in a value of `--net`, without their arguments. */
export function networkNames(value: string): readonly string[] {
  return value.split(',').map((network) => network.split(':')[0] ?? '');
}

/** A warning for each option that rkt silently ignores because of a later one. */
export function lastWinsFindings({ occurrences }: RunWords): RktFinding[] {
  return occurrences.flatMap((occurrence, index) => {
    const { option, image, value, word } = occurrence;
    if (option.repeat !== 'last' || option.name === 'insecure-options') return [];
    const later = occurrences
      .slice(index + 1)
      .find((other) => other.option === option && (option.scope !== 'image' || other.image === image));
    if (!later || later.value === value) return [];
    return [warning(word, `the last --${option.name} wins: ${quoted(later.value)}`, 'keep one of them')];
  });
}
