/** Reads the feature gates, and which of them depend on which, out of the sources of Kubernetes. */

import { formatRelease, knownRelease, type Release } from '../../src/kubelet/release.ts';
import { commaParts, insideBrackets, UnexpectedGo, withoutComments } from './go-text.ts';

/** One spec of a gate, in the words of our table. */
export interface GateSpec {
  readonly from: Release;
  readonly stage: 'alpha' | 'beta' | 'stable' | 'deprecated';
  readonly isOn: boolean;
  readonly isLocked: boolean;
}

/** The gates by name; of each the specs up to the release, from the oldest to the newest, at least one. */
export type Gates = ReadonlyMap<string, readonly GateSpec[]>;

const stages: Readonly<Record<string, GateSpec['stage']>> = {
  Alpha: 'alpha',
  Beta: 'beta',
  GA: 'stable',
  Deprecated: 'deprecated',
};

/** The constants of a file that name gates: `CPUCFSQuotaPeriod` is the gate `CustomCPUCFSQuotaPeriod`. */
export function gateConstants(source: string): ReadonlyMap<string, string> {
  const found = withoutComments(source).matchAll(/^\s*(\w+)(?:\s+(?:\w+\.)?Feature)?\s*=\s*(?:(?:\w+\.)?Feature\()?"(\w+)"/gm);
  return new Map([...found].map(([, constant = '', name = '']) => [constant, name]));
}

/**
 * The gates of one file. Specs of later releases, and gates that have no other ones, are left out.
 * @param constants of the file itself and of the packages that it imports
 * @throws UnexpectedGo for a table that is written in another way
 */
export function gatesOf(source: string, constants: ReadonlyMap<string, string>, release: Release): Gates {
  const text = withoutComments(source);
  const gates = new Map<string, readonly GateSpec[]>();
  for (const { key, value } of entriesOf(text, /map\[(?:\w+\.)?Feature\](?:\w+\.)?VersionedSpecs\{/g)) {
    const name = nameOf(key, constants);
    const specs = commaParts(insideBrackets(value, value.indexOf('{')));
    const known = specs.map((one) => specOf(name, one.slice(1, -1))).filter(({ from }) => from <= release);
    if (known.length > 0) gates.set(name, known);
  }
  return gates;
}

/**
 * The gates of which a gate needs all to be on, by its name; gates that need none are left out.
 * @throws UnexpectedGo for a table that is written in another way
 */
export function dependenciesOf(source: string, constants: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const entries = entriesOf(withoutComments(source), /=\s*map\[(?:\w+\.)?Feature\]\[\](?:\w+\.)?Feature\{/g);
  const needs = entries.map(({ key, value }) => {
    const needed = commaParts(insideBrackets(value, value.indexOf('{')));
    return [nameOf(key, constants), needed.map((one) => nameOf(one, constants))] as const;
  });
  return new Map(needs.filter(([, needed]) => needed.length > 0));
}

/** The entries `key: value` of each map literal whose head matches. */
function entriesOf(text: string, head: RegExp): { readonly key: string; readonly value: string }[] {
  const literals = [...text.matchAll(head)].map((match) => insideBrackets(text, match.index + match[0].length - 1));
  return literals.flatMap(commaParts).map((entry) => {
    const colon = entry.indexOf(':');
    const value = entry.slice(colon + 1).trim();
    if (colon < 0 || !value.includes('{')) throw new UnexpectedGo(`\`${entry.slice(0, 60)}\` is no entry of a table of gates`);
    return { key: entry.slice(0, colon).trim(), value };
  });
}

function nameOf(reference: string, constants: ReadonlyMap<string, string>): string {
  const [, constant = ''] = /(\w+)\)?$/.exec(reference) ?? [];
  const name = constants.get(constant);
  if (name === undefined) throw new UnexpectedGo(`no file that was read says which gate ${reference} is`);
  return name;
}

function specOf(name: string, text: string): GateSpec {
  const fields = new Map(commaParts(text).map((part) => part.split(/\s*:\s*/, 2) as [string, string]));
  const stage = stages[(fields.get('PreRelease') ?? '').replace('featuregate.', '')];
  if (stage === undefined) throw new UnexpectedGo(`the stage of gate ${name} is not known: ${text.trim()}`);
  return {
    from: versionOf(name, fields.get('Version') ?? 'none'),
    stage,
    isOn: fields.get('Default') === 'true',
    isLocked: fields.get('LockToDefault') === 'true',
  };
}

function versionOf(name: string, text: string): Release {
  const [, parsed, major, minor] = /^version\.(?:MustParse\("(\d+\.\d+)"\)|MajorMinor\((\d+), (\d+)\))$/.exec(text) ?? [];
  if (parsed !== undefined) return knownRelease(parsed);
  if (major === undefined || minor === undefined) throw new UnexpectedGo(`the version of gate ${name} is not known: ${text}`);
  return Number(major) * 1000 + Number(minor);
}

/** A spec as our table writes it: `1.36:beta:on`, `1.36:stable:on:locked`. */
export function specText({ from, stage, isOn, isLocked }: GateSpec): string {
  return `${formatRelease(from)}:${stage}:${isOn ? 'on' : 'off'}${isLocked ? ':locked' : ''}`;
}
