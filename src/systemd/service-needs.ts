/**
 * What the host must have before systemd can start any command of a service, from the texts of the unit
 * (systemd.exec(5)). Without it systemd fails in the new process, also for a command with `+`: tried on
 * systemd 252, the status of the process stands beside each setting. Pure.
 */

import type { UnitText } from './environment.ts';
import { type ServiceSetting, serviceSettings } from './service-settings.ts';

/** A path that must be there. */
export interface NeededPath {
  readonly key: string;
  /** The item of the setting that names it. */
  readonly value: string;
  readonly path: string;
  /** True if a file there is not enough. */
  readonly isDirectory: boolean;
  /** What a person writes if the kubelet can do without it; undefined if there is no such form. */
  readonly optional: string | undefined;
  /** False if systemd may pass over it because of other settings of the unit. */
  readonly isCertain: boolean;
}

/** A user or a group that must be there, by its name or number. */
export interface NeededAccount {
  readonly key: string;
  readonly name: string;
  readonly kind: 'user' | 'group';
}

/** Everything that a service needs of the host. */
export interface ServiceNeeds {
  readonly paths: readonly NeededPath[];
  readonly accounts: readonly NeededAccount[];
}

/** Reads the needs of a service. @param texts the unit, then its drop-ins in systemd's order */
export function serviceNeeds(texts: readonly UnitText[]): ServiceNeeds {
  const settings = serviceSettings(texts);
  const paths = settings.filter(({ isKnown }) => isKnown).flatMap((one) => neededPaths(one, settings));
  return { paths: paths.filter(({ path }) => isPlain(path)), accounts: neededAccounts(settings) };
}

/** systemd ignores a path of the mounts that is not absolute, or has `..` in it. */
function isPlain(path: string): boolean {
  return path.startsWith('/') && !path.split('/').includes('..');
}

function neededPaths(setting: ServiceSetting, settings: readonly ServiceSetting[]): NeededPath[] {
  const { key, name, written, item, fields } = setting;
  const need = (path: string, more: Partial<NeededPath> = {}): NeededPath[] => [
    { key, value: written, path: simple(path), isDirectory: false, optional: undefined, isCertain: true, ...more },
  ];
  const optional = `${key}=-${written}`;
  switch (name) {
    case 'EnvironmentFile': // no process: the result is "resources"
      return /[*?[]/.test(item) ? [] : need(item, { optional });
    case 'WorkingDirectory': // 200
      if (settings.some((one) => ownTree.includes(one.name)) || isMade(item, settings)) return [];
      return need(item, { isDirectory: true, optional });
    case 'LoadCredential': // 243
    case 'LoadCredentialEncrypted':
      return need(credentialSource(setting, settings) ?? '');
    case 'StandardInput': // 208
      return item.startsWith('file:') ? need(item.slice('file:'.length)) : [];
    case 'StandardOutput': // 209
    case 'StandardError': // 222
      return need(/^(?:file|append|truncate):(\/.*)\/[^/]+$/.exec(item)?.[1] ?? '', { isDirectory: true });
    case 'NetworkNamespacePath': // 225
    case 'RootImage': // 226
    case 'MountImages':
    case 'ExtensionImages':
      return need(fields[0] ?? '');
    case 'RootDirectory':
      return isMade(item, settings) ? [] : need(item, { isDirectory: true });
    case 'ExtensionDirectories':
      return need(item, { optional: optionalItem(setting) });
    case 'BindPaths':
    case 'BindReadOnlyPaths':
      return bindSource(setting, settings).flatMap((path) => need(path, { optional: optionalItem(setting) }));
    default:
      return accessPath(setting, settings).flatMap(({ path, ...more }) =>
        need(path, { optional: optionalItem(setting), ...more }),
      );
  }
}

/** With a `-` before the path. Undefined if quotes would have to stand around a part of the item. */
function optionalItem({ key, written, fields }: ServiceSetting): string | undefined {
  if (!/[\s"'\\]/.test(written)) return `${key}=-${written}`;
  return fields.length > 1 ? undefined : `${key}="-${written.replace(/["\\]/g, '\\$&')}"`;
}

/** With these, the working directory is another one than on the host. */
const ownTree = ['RootDirectory', 'RootImage', 'BindPaths', 'BindReadOnlyPaths', 'MountImages'];

/** Without slashes that mean nothing. */
function simple(path: string): string {
  return path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
}

const directoriesBelow: Readonly<Record<string, string>> = {
  StateDirectory: '/var/lib',
  RuntimeDirectory: '/run',
  CacheDirectory: '/var/cache',
  LogsDirectory: '/var/log',
  ConfigurationDirectory: '/etc',
};

/** True if systemd makes the directory itself, or one below it, before it looks for it; also if it may. */
function isMade(path: string, settings: readonly ServiceSetting[]): boolean {
  return settings.some(({ name, fields, isKnown }) => {
    const base = directoriesBelow[name];
    if (base !== undefined && !isKnown) return true;
    return base !== undefined && isWithin(`${base}/${fields[0]}`, simple(path));
  });
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

/** Of several lines with the same name the last one counts; a value of `SetCredential=` is the substitute. */
function credentialSource(setting: ServiceSetting, settings: readonly ServiceSetting[]): string | undefined {
  const [id, path] = halves(setting.item);
  const ofId = settings.filter(({ name, item }) => name.includes('Credential') && halves(item)[0] === id);
  const isSet = settings.some(
    ({ name, item, isKnown }) => name.startsWith('SetCredential') && (!isKnown || halves(item)[0] === id),
  );
  const isLast = ofId.findLast(({ name }) => name.startsWith('LoadCredential')) === setting;
  return isSet || !isLast || id.includes('/') ? undefined : path;
}

function halves(item: string): [id: string, rest: string] {
  const colon = item.indexOf(':');
  return colon < 0 ? [item, ''] : [item.slice(0, colon), item.slice(colon + 1)];
}

/** systemd ignores an item whose destination is no absolute path. */
function bindSource({ fields }: ServiceSetting, settings: readonly ServiceSetting[]): string[] {
  const [source = '', destination = source] = fields;
  return !destination.startsWith('/') || isMade(source, settings) ? [] : [source];
}

const accessNames = ['ReadWritePaths', 'ReadOnlyPaths', 'InaccessiblePaths', 'ExecPaths', 'NoExecPaths'];

/** Settings with which these paths are looked for in another tree than the host's. */
const otherTrees = ['RootDirectory', 'RootImage', 'MountImages', 'ExtensionImages', 'ExtensionDirectories'];

/**
 * A path of which the unit sets the access. It is not known here what stands in a tree of its own, or below a
 * mount of the unit.
 */
function accessPath(
  setting: ServiceSetting,
  settings: readonly ServiceSetting[],
): { readonly path: string; readonly isCertain: boolean }[] {
  const path = accessOf(setting);
  if (path === undefined || isMade(path, settings)) return [];
  if (settings.some(({ name, item }) => otherTrees.includes(name) && item !== '/')) return [];
  if (settings.some((one) => mountPoints(one).some((point) => isWithin(path, point)))) return [];
  return [{ path, isCertain: !settings.some((one) => mayPassOver(path, setting, one)) }];
}

/** The path of an item; undefined with `-`, and for settings that say nothing of access. */
function accessOf({ name, item }: ServiceSetting): string | undefined {
  return accessNames.includes(name) && !item.startsWith('-') ? simple(item.replace(/^\+/, '')) : undefined;
}

function mountPoints({ name, fields, isKnown }: ServiceSetting): string[] {
  const isMount = name === 'TemporaryFileSystem' || name.startsWith('Bind');
  if (isMount && !isKnown) return ['/'];
  if (name === 'TemporaryFileSystem') return [simple(fields[0] ?? '')];
  return name.startsWith('Bind') ? [simple(fields[1] ?? fields[0]?.replace(/^-/, '') ?? '')] : [];
}

/**
 * systemd drops an entry below another one that says the same, or below one that nothing can be reached in
 * (namespace.c: drop_nop, drop_inaccessible). Of two with the same path, one with `-` may win.
 */
function mayPassOver(path: string, { name }: ServiceSetting, other: ServiceSetting): boolean {
  const above = accessNames.includes(other.name) ? simple(other.item.replace(/^-?\+?/, '')) : undefined;
  if (above?.startsWith('/') && !other.isKnown) return true;
  if (above === path) return other.name === name && other.item.startsWith('-');
  if (above?.startsWith('/') && isWithin(path, above)) return other.name === 'InaccessiblePaths' || other.name === name;
  if (!other.name.startsWith('Protect') || isOff(other.item)) return false;
  const isHome = ['/home', '/root', '/run/user'].some((home) => isWithin(path, home));
  return name === 'ReadOnlyPaths' || (other.name === 'ProtectHome' && isHome);
}

/** systemd's parse_boolean. */
function isOff(value: string): boolean {
  return /^(?:0|no|n|false|f|off)$/i.test(value);
}

/** systemd makes user and group of a dynamic user itself, but no further group. */
function neededAccounts(settings: readonly ServiceSetting[]): NeededAccount[] {
  const isDynamic = settings.some(({ name, item }) => name === 'DynamicUser' && !isOff(item));
  return settings.flatMap(({ key, name, item, isKnown }): NeededAccount[] => {
    if (!isKnown || item === 'root' || item === '0') return [];
    if (name === 'SupplementaryGroups') return [{ key, name: item, kind: 'group' }];
    if (isDynamic || (name !== 'User' && name !== 'Group')) return [];
    return [{ key, name: item, kind: name === 'User' ? 'user' : 'group' }];
  });
}
