/**
 * What a kubelet has in force, as its own checks see it: after its files, its defaults and its flags.
 * Pure.
 */

import { isJsonMap, type Json, type JsonMap } from '../../api/json.ts';
import { nanosecondsOf } from '../../go/values.ts';
import { gatedDefaults } from '../data/kubelet-defaults.ts';
import { fieldRow, hasField } from '../field-table.ts';
import { gateValue } from '../gate-table.ts';
import type { Release } from '../release.ts';
import type { CommandLine } from '../settings/command-line.ts';
import {
  type ConfigurationFile,
  type ConfigurationSources,
  configurationInForce,
  flagFields,
} from '../settings/configuration.ts';

/** What only the machine knows; each is absent if it could not be read. */
export interface MachineForRules {
  /** Of CPUs in cores, of memory in bytes. */
  readonly capacity?: { readonly cpu?: number; readonly memory?: number };
  readonly onlineCpus?: readonly number[];
  readonly cgroupVersion?: 1 | 2;
  /** The numbers of its NUMA nodes. */
  readonly numaNodes?: readonly number[];
  /** Whether it swaps to a file or a partition now. */
  readonly hasSwap?: boolean;
  /**
   * What stands after the kubelet's own drop-in of systemd-logind and sets InhibitDelayMaxSec again, in
   * nanoseconds; null if nothing does.
   */
  readonly lateInhibitDelay?: { readonly path: string; readonly nanoseconds: number } | null;
  /** What stands at a path of the host; undefined if that is not known. */
  readonly kindOf?: (path: string) => 'File' | 'Directory' | 'Absent' | undefined;
  /** The text of a file of the host; undefined if there is none, or if it is not known. */
  readonly text?: (path: string) => string | undefined;
}

/** Everything that a kubelet of one release is judged by. */
export class KubeletInForce {
  readonly release: Release;
  readonly configuration: JsonMap;
  readonly commandLine: CommandLine;
  readonly machine: MachineForRules;
  readonly hasFile: boolean;
  readonly #given: JsonMap;
  readonly #dropped: JsonMap;
  readonly #hasDropIns: boolean;
  readonly #byFlags: ReadonlySet<string>;
  readonly #asked = new Set<string>();
  readonly #looked = new Set<string>();
  readonly #saidAlone = new Set<object>();

  constructor(sources: ConfigurationSources, release: Release, machine: MachineForRules = {}) {
    this.release = release;
    this.machine = machine;
    this.commandLine = sources.commandLine;
    // The kubelet ignores a field that it does not have, with everything below it.
    const known = (file: ConfigurationFile) => ({ ...file, fields: fieldsOfRelease(file.fields, release) });
    const main = sources.main && known(sources.main);
    const dropIns = sources.dropIns?.map(known);
    const own = { ...sources, main, dropIns, release };
    const flags = flagFields(own);
    this.configuration = configurationInForce(own, flags);
    this.#dropped = Object.assign({}, ...(dropIns ?? []).map(({ fields }) => fields)) as JsonMap;
    this.#given = { ...main?.fields, ...this.#dropped };
    this.#hasDropIns = dropIns !== undefined;
    this.hasFile = main !== undefined;
    this.#byFlags = new Set(flags.map(({ path }) => path.join('.')));
  }

  /** The value of a field by its dotted path. */
  value(field: string): Json | undefined {
    this.#ask(field);
    return valueAt(this.configuration, field);
  }

  /** What the files say of a field of the top level, the later file over the earlier one. */
  ofFiles(field: string): Json | undefined {
    this.#looked.add(field);
    return this.#given[field];
  }

  /** What the drop-ins say of it. */
  ofDropIns(field: string): Json | undefined {
    this.#looked.add(field);
    return this.#dropped[field];
  }

  /** Undefined also for a value of another type: that is told by the type. */
  number(field: string): number | undefined {
    const value = this.value(field);
    return typeof value === 'number' ? value : undefined;
  }

  text(field: string): string {
    const value = this.value(field);
    return typeof value === 'string' ? value : '';
  }

  isTrue(field: string): boolean {
    return this.value(field) === true;
  }

  nanoseconds(field: string): number | undefined {
    const value = this.value(field);
    return typeof value === 'string' ? nanosecondsOf(value) : undefined;
  }

  texts(field: string): readonly string[] {
    return this.list(field).filter((item) => typeof item === 'string');
  }

  list(field: string): readonly Json[] {
    const value = this.value(field);
    return Array.isArray(value) ? value : [];
  }

  /** A list of objects, each at its place: null is an empty one. */
  items(field: string): readonly JsonMap[] {
    return this.list(field).map((item) => (isJsonMap(item) ? item : {}));
  }

  map(field: string): JsonMap {
    const value = this.value(field);
    return isJsonMap(value) ? value : {};
  }

  gate(name: string): boolean {
    const given = valueAt(this.configuration, 'featureGates');
    const isOn = gateValue(name, isJsonMap(given) ? given : {}, this.release);
    // A gate that is on by default is hardly ever turned off.
    if (!isOn) this.#asked.add('featureGates');
    this.#looked.add('featureGates');
    return isOn;
  }

  /** The last value of a flag; undefined if it is not given, or if only the machine knows it. */
  flag(name: string): string | undefined {
    this.#ask(`--${name}`);
    return this.commandLine.flags.findLast((flag) => flag.name === name)?.value;
  }

  /** All values of a flag that are known. */
  flagTexts(name: string): readonly string[] {
    this.#looked.add(`--${name}`);
    return this.commandLine.flags.flatMap((flag) => (flag.name === name ? (flag.value ?? []) : []));
  }

  /** Whether a word of the command line is unknown that may be a flag of any name. */
  hasUnknownWord(): boolean {
    this.#looked.add(unknownWord);
    return this.commandLine.hasUnknown;
  }

  /** Whether a flag has replaced what the files say of a field. */
  isByFlag(field: string): boolean {
    this.#looked.add(topOf(field));
    return this.#byFlags.has(field);
  }

  /** Whether a file or a flag says anything of a field. */
  isGiven(field: string): boolean {
    this.#ask(field);
    return this.#isSaid(field);
  }

  /**
   * What a check says, each with whether all that was looked at for it is said by files and flags: then no
   * default, and nobody else's setting, has a part in it.
   */
  ask<One extends object>(check: (kubelet: this) => readonly One[]): { readonly found: One; readonly isSaid: boolean }[] {
    this.#asked.clear();
    this.#looked.clear();
    this.#saidAlone.clear();
    const answer = check(this);
    if (answer.length === 0) return [];
    const isAllSaid = [...this.#asked].every((name) => this.#isSaid(name));
    return answer.map((found) => ({ found, isSaid: isAllSaid || this.#saidAlone.has(found) }));
  }

  /**
   * A check of one field after the other: what is found of one does not hang on whether the others are said.
   */
  each<One extends object>(fields: readonly string[], check: (field: string) => readonly One[]): One[] {
    const before = [...this.#asked];
    const all = new Set(before);
    const answer = fields.flatMap((field) => {
      this.#asked.clear();
      const found = check(field);
      if (found.length > 0 && [...before, ...this.#asked].every((name) => this.#isSaid(name)))
        for (const one of found) this.#saidAlone.add(one);
      for (const name of this.#asked) all.add(name);
      return found;
    });
    for (const name of all) this.#asked.add(name);
    return answer;
  }

  /** Names of fields of the top level and of flags, as `--name`, at which the last check has looked. */
  looked(): readonly string[] {
    return [...this.#looked];
  }

  /**
   * The same names, of everything that is said: a check that looks at none of them finds what it finds where
   * nothing is said. Undefined if something else has a say, too.
   */
  said(): readonly string[] | undefined {
    if (this.#hasDropIns || Object.keys(this.machine).length > 0) return undefined;
    const flags = this.commandLine.flags.map(({ name }) => `--${name}`);
    const said = [...Object.keys(this.#given), ...[...this.#byFlags].map(topOf), ...flags];
    const followers = said.flatMap((name) => followersOf.get(name) ?? []);
    return [...said, ...followers, ...(this.commandLine.hasUnknown ? [unknownWord] : [])];
  }

  #ask(name: string): void {
    this.#asked.add(name);
    this.#looked.add(name.startsWith('--') ? name : topOf(name));
  }

  #isSaid(name: string): boolean {
    if (name.startsWith('--')) return this.commandLine.flags.some((flag) => `--${flag.name}` === name);
    return this.#byFlags.has(name) || (valueAt(this.#given, name) ?? null) !== null;
  }
}

const unknownWord = '?';

/** Fields whose defaults depend on another field. */
const followersOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['nodeStatusUpdateFrequency', ['nodeStatusReportFrequency']],
  ['maxParallelImagePulls', ['serializeImagePulls']],
  ['featureGates', gatedDefaults.flatMap(({ path: [top] }) => (typeof top === 'string' ? [top] : []))],
]);

function topOf(field: string): string {
  const dot = field.indexOf('.');
  return dot < 0 ? field : field.slice(0, dot);
}

function valueAt(map: JsonMap, field: string): Json | undefined {
  if (!field.includes('.')) return Object.hasOwn(map, field) ? map[field] : undefined;
  return field
    .split('.')
    .reduce<Json | undefined>((value, name) => (isJsonMap(value) && Object.hasOwn(value, name) ? value[name] : undefined), map);
}

function fieldsOfRelease(fields: JsonMap, release: Release, parent = ''): JsonMap {
  const known = Object.entries(fields).filter(([name]) => {
    const row = fieldRow(`${parent}${name}`);
    return row === undefined || hasField(row, release);
  });
  return Object.fromEntries(
    known.map(([name, value]) => [name, isJsonMap(value) ? fieldsOfRelease(value, release, `${parent}${name}.`) : value]),
  );
}
