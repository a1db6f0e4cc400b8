/**
 * Settings of [Service] that name paths, users and groups of the host, as systemd 252 reads them
 * (load-fragment.c): what an empty value takes back, and how a value is split. Pure.
 */

import type { UnitText } from './environment.ts';
import { readUnit } from './unit-text.ts';
import { unescapeSpecifiers } from './words.ts';

/** One item of a setting. */
export interface ServiceSetting {
  /** As the unit writes it. */
  readonly key: string;
  /** The key that systemd gives it today: `ReadWritePaths` for `ReadWriteDirectories`. */
  readonly name: string;
  /** The item without quotes, as the unit writes it: one word of a list, else the whole value. */
  readonly written: string;
  /** The same with `%%` read as `%`. */
  readonly item: string;
  /** The parts of the item between colons. */
  readonly fields: readonly string[];
  /** False if only the machine knows a part of it (`%H`). */
  readonly isKnown: boolean;
}

/**
 * Single: the last line counts. Whole: each line is one item. Items are divided by blanks, Fields also by
 * colons; Words by blanks too, and quotes mean nothing there.
 */
type Style = 'Single' | 'Whole' | 'Words' | 'Items' | 'Fields';

interface Reading {
  readonly style: Style;
  /** An empty value of one takes back all of a group. */
  readonly group?: string;
}

const readings: Readonly<Record<string, Reading>> = {
  ...withStyle('Single', ['User', 'Group', 'DynamicUser', 'RootDirectory', 'RootImage', 'NetworkNamespacePath']),
  ...withStyle('Single', ['ProtectSystem', 'ProtectHome', 'ProtectKernelTunables', 'ProtectControlGroups']),
  ...withStyle('Single', ['StandardInput', 'StandardOutput', 'StandardError', 'WorkingDirectory']),
  ...withStyle('Whole', ['EnvironmentFile']),
  ...withStyle('Whole', ['LoadCredential', 'LoadCredentialEncrypted'], 'LoadCredential'),
  ...withStyle('Whole', ['SetCredential', 'SetCredentialEncrypted'], 'SetCredential'),
  ...withStyle('Words', ['SupplementaryGroups']),
  ...withStyle('Items', ['ExtensionDirectories', 'ReadWritePaths', 'ReadOnlyPaths']),
  ...withStyle('Items', ['InaccessiblePaths', 'ExecPaths', 'NoExecPaths']),
  ...withStyle('Fields', ['StateDirectory', 'RuntimeDirectory', 'CacheDirectory', 'LogsDirectory', 'ConfigurationDirectory']),
  ...withStyle('Fields', ['TemporaryFileSystem', 'MountImages', 'ExtensionImages']),
  ...withStyle('Fields', ['BindPaths', 'BindReadOnlyPaths'], 'BindPaths'),
};

function withStyle(style: Style, keys: readonly string[], group?: string): Record<string, Reading> {
  return Object.fromEntries(keys.map((key) => [key, { style, ...(group !== undefined && { group }) }]));
}

/** Names before systemd 231. */
const earlierNames: Readonly<Record<string, string>> = {
  ReadWriteDirectories: 'ReadWritePaths',
  ReadOnlyDirectories: 'ReadOnlyPaths',
  InaccessibleDirectories: 'InaccessiblePaths',
};

/**
 * The settings that are in force once all texts are read. Lines that systemd cannot split are left out.
 *
 * @param texts the unit, then its drop-ins in systemd's order
 */
export function serviceSettings(texts: readonly UnitText[]): ServiceSetting[] {
  let found: ServiceSetting[] = [];
  for (const { section, key, value } of texts.flatMap(({ content }) => readUnit(content))) {
    if (section !== 'Service' || key === undefined) continue;
    const name = Object.hasOwn(earlierNames, key) ? (earlierNames[key] ?? key) : key;
    const reading = Object.hasOwn(readings, name) ? readings[name] : undefined;
    if (!reading) continue;
    // systemd warns of an empty value of these, and keeps the one before.
    if (value === '' && name.startsWith('Standard')) continue;
    if (value === '' || reading.style === 'Single') found = found.filter((one) => groupOf(one.name) !== groupOf(name));
    if (value !== '') found.push(...itemsOf(value, reading.style).map((fields) => settingOf(key, name, fields)));
  }
  return found;
}

function groupOf(name: string): string {
  return readings[name]?.group ?? name;
}

function settingOf(key: string, name: string, written: readonly string[]): ServiceSetting {
  const fields = written.map((field) => unescapeSpecifiers(field) ?? field);
  const isKnown = written.every((field) => unescapeSpecifiers(field) !== undefined);
  return { key, name, written: written.join(':'), item: fields.join(':'), fields, isKnown };
}

function itemsOf(value: string, style: Style): readonly (readonly string[])[] {
  if (style === 'Single' || style === 'Whole') return [[value]];
  if (style === 'Words') return value.split(/[ \t\n\r]+/).map((word) => [word]);
  return splitItems(value, style === 'Fields');
}

/**
 * As extract_first_word with EXTRACT_UNQUOTE and without EXTRACT_CUNESCAPE: a backslash stands before a
 * character that means itself. Nothing if a quote stays open.
 */
function splitItems(value: string, byColons: boolean): string[][] {
  const items: string[][] = [];
  let fields: string[] | undefined;
  let quote = '';
  for (let at = 0; at < value.length; at += 1) {
    const character = value.charAt(at);
    if (quote === '' && /[ \t\n\r]/.test(character)) {
      fields = undefined;
      continue;
    }
    if (fields === undefined) {
      fields = [''];
      items.push(fields);
    }
    if (character === '\\') {
      at += 1;
      append(fields, value.charAt(at));
    } else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (quote === '' && byColons && character === ':') fields.push('');
    else append(fields, character);
  }
  return quote === '' ? items : [];
}

function append(fields: string[], character: string): void {
  fields[fields.length - 1] += character;
}
