/** The settings of a kubelet: what it has in force, and which file or flag says so. Pure. */

import { isJsonMap, type Json } from '../../api/json.ts';
import { absolutePath } from '../../api/kubelet-paths.ts';
import { type FieldPath, formatPath } from '../../api/problem.ts';
import { leaves } from '../../desired/tree.ts';
import { flagTypeAt } from '../flag-table.ts';
import { type InstalledKubelet, type Launch, launchOf, shellScript } from '../installed/installed.ts';
import { releaseOf } from '../release.ts';
import { lastFlag } from './command-line.ts';
import {
  type ConfigurationFile,
  type ConfigurationSources,
  configurationInForce,
  flagFields,
  readConfiguration,
  readsDropIns,
} from './configuration.ts';
import { withoutZeros } from './defaults.ts';
import { fieldOf, pairsOf } from './flag-field.ts';
import { type KubeletSettings, keyOf, type Setting } from './setting.ts';
import { unitSettings } from './unit-settings.ts';

/**
 * All settings of the kubelet that these files start.
 *
 * @param launch tells how; by default what the files say
 */
export function settingsOf(installed: InstalledKubelet, launch: Launch = launchOf(installed)): KubeletSettings {
  const { sources, unread } = configurationSources(installed, launch);
  const carriers = new Set(launch.command?.words.flatMap(namesIn) ?? []);
  const all = [
    ...fieldSettings(sources),
    ...flagSettings(launch, sources),
    ...variableSettings(launch, carriers),
    ...unitSettings(installed),
  ];
  const unknown = launch.commandLine.hasUnknown ? ['an argument that only the machine knows stands in the command'] : [];
  return { settings: new Map(all.map((one) => [keyOf(one), one])), unread: [...unread, ...unknown], carriers };
}

/** Settings that name a file whose content the kubelet acts on. */
const namesFile = new Set([
  'authentication.x509.clientCAFile',
  'tlsCertFile',
  'tlsPrivateKeyFile',
  'resolvConf',
  '--kubeconfig',
  '--bootstrap-kubeconfig',
  '--image-credential-provider-config',
  '--cloud-config',
]);

/** The absolute paths of the files that settings name, for a comparison of what stands in them. */
export function filesNamed({ settings }: KubeletSettings): string[] {
  const values = [...settings.values()].flatMap(({ name, value }) => (namesFile.has(name) ? [value] : []));
  return [...new Set(values.filter((value): value is string => typeof value === 'string' && value.startsWith('/')))];
}

/**
 * The settings with what stands before the kubelet's flags: its program, or the container that it runs in.
 */
export function withProgram(whole: KubeletSettings, installed: InstalledKubelet): KubeletSettings {
  const { words, kubelet } = launchOf(installed);
  const [program] = kubelet;
  if (program === undefined) return whole;
  const before = words.slice(0, shellScript(words) ? 2 : Math.max(0, words.length - kubelet.length));
  const value = [...before, program].map(({ text = '?' }) => text).join(' ');
  const one: Setting = { kind: 'Unit', name: 'program', value, by: undefined };
  return { ...whole, settings: new Map([...whole.settings, [keyOf(one), one]]) };
}

/** The settings with the contents of such files, as short digests by path. */
export function withContents(whole: KubeletSettings, digests: ReadonlyMap<string, string>): KubeletSettings {
  const contents = [...digests].map(
    ([path, value]): Setting => ({ kind: 'Content', name: `content of ${path}`, value, by: path }),
  );
  return { ...whole, settings: new Map([...whole.settings, ...contents.map((one) => [keyOf(one), one] as const)]) };
}

/**
 * The absolute path of the configuration file, and of the directory of drop-ins; undefined if a kubelet
 * has none.
 */
export function configurationPaths(launch: Launch): {
  readonly main: string | undefined;
  readonly directory: string | undefined;
} {
  const path = (flag: string) => {
    const value = lastFlag(launch.commandLine, flag)?.value;
    return value === undefined || value === '' ? undefined : absolutePath(value, launch.workingDirectory);
  };
  return { main: namesStaticPods(launch) ? undefined : path('config'), directory: path('config-dir') };
}

/** Before 1.8 `--config` named the directory of static pods. The wrapper is told which kubelet it starts. */
function namesStaticPods({ variables }: Launch): boolean {
  const tag = variables.get('KUBELET_IMAGE_TAG')?.value ?? variables.get('KUBELET_VERSION')?.value;
  const release = tag === undefined ? undefined : releaseOf(tag);
  return release !== undefined && release < releaseOfFiles;
}

/** 1.8, the first one with a file for its configuration. */
const releaseOfFiles = 1008;

/** The files that the kubelet reads, as it reads them. */
export function configurationSources(
  installed: InstalledKubelet,
  launch: Launch,
): { readonly sources: ConfigurationSources; readonly unread: readonly string[] } {
  const release = installed.version === undefined ? undefined : releaseOf(installed.version);
  const { main, directory } = configurationPaths(launch);
  const unread: string[] = [];
  const read = (path: string): ConfigurationFile[] => {
    const text = installed.configurationFiles.get(path);
    const found = text === undefined ? 'it is not there' : readConfiguration(path, text);
    if (typeof found !== 'string') return [found];
    unread.push(`${path} cannot be read as the kubelet's configuration: ${found}`);
    return [];
  };
  const hasVariable = launch.variables.get('KUBELET_CONFIG_DROPIN_DIR_ALPHA')?.value !== undefined;
  const isRead = directory !== undefined && readsDropIns(release, hasVariable);
  const dropIns = isRead ? installed.configurationDropIns.flatMap(read) : undefined;
  const { commandLine, workingDirectory } = launch;
  // A file that cannot be read is still one that the command names.
  const whole = main === undefined ? undefined : (read(main)[0] ?? { path: main, fields: {} });
  return { sources: { main: whole, dropIns, commandLine, release, workingDirectory }, unread };
}

function fieldSettings(sources: ConfigurationSources): Setting[] {
  const flags = flagFields(sources);
  const { main, dropIns = [], release } = sources;
  const own = main && { ...main, fields: withoutZeros(main.fields, release) };
  const files = [...dropIns].reverse().concat(own ?? []);
  return leaves(configurationInForce(sources, flags)).map(({ path, value }) => {
    // A flag adds its feature gates to those of the file.
    const flag = flags.findLast((one) => isWithin(path, one.path) && has(one.value, path.slice(one.path.length)));
    const name = formatPath(path);
    const given = flag && sources.commandLine.flags.findLast((one) => fieldOf(one.name, sources.release) === flag.path.join('.'));
    if (given) return { kind: 'Field', name, value, by: given.by, flag: given.name };
    return { kind: 'Field', name, value, by: files.find(({ fields }) => has(fields, path))?.path };
  });
}

/**
 * Flags that no field says. Of a map each key is a setting; of a repeated flag that is no list the last
 * counts.
 */
function flagSettings({ commandLine }: Launch, { release }: ConfigurationSources): Setting[] {
  const names = [...new Set(commandLine.flags.map(({ name }) => name))].filter((name) => fieldOf(name, release) === undefined);
  return names.flatMap((name): Setting[] => {
    const given = commandLine.flags.filter((flag) => flag.name === name);
    const values = given.map(({ value }) => value ?? '?');
    const flag = { kind: 'Flag', name: `--${name}`, by: given.at(-1)?.by } as const;
    switch (flagTypeAt(name, release)) {
      case 'map':
        return given.flatMap(({ value = '?', by }) =>
          pairsOf(value).map(([key, item]) => ({ ...flag, name: `--${name}[${JSON.stringify(key)}]`, value: item, by })),
        );
      case 'list':
      case undefined:
        return [{ ...flag, value: values.length === 1 ? (values[0] ?? '') : values }];
      default:
        return [{ ...flag, value: values.at(-1) ?? '' }];
    }
  });
}

function variableSettings({ variables }: Launch, carriers: ReadonlySet<string>): Setting[] {
  return [...variables].flatMap(([name, { value, by }]): Setting[] =>
    carriers.has(name) || value === undefined ? [] : [{ kind: 'Variable', name, value, by }],
  );
}

function namesIn(word: string): string[] {
  return [...word.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].flatMap(([, name]) => name ?? []);
}

function has(fields: Json, [name, ...rest]: FieldPath): boolean {
  if (name === undefined) return true;
  const inner = isJsonMap(fields) && typeof name === 'string' ? fields[name] : undefined;
  return inner !== undefined && inner !== null && has(inner, rest);
}

/** Whether a path is at or below another one. */
export function isWithin(path: FieldPath, parent: FieldPath): boolean {
  return parent.every((key, index) => path[index] === key);
}
