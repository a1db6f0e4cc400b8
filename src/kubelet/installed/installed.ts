/**
 * The kubelet that a node has: everything that decides what it is started with and configured by, as the
 * files of one host say it. Pure.
 */

import { environmentOf, type UnitText } from '../../systemd/environment.ts';
import {
  commandsOf,
  type ExpandedWord,
  expandCommand,
  optionsOf,
  type ServiceCommand,
  type Variables,
} from '../../systemd/service.ts';
import { releaseOf } from '../release.ts';
import { type CommandLine, readCommandLine } from '../settings/command-line.ts';
import { imagePlace } from './container-run.ts';
import { scriptWords } from './shell-words.ts';

/** What was read from a host. All paths are as the host sees them. */
export interface InstalledKubelet {
  /** Name of the unit. */
  readonly unit: string;
  /** The unit file, then its drop-ins in systemd's order; empty if there is no unit. */
  readonly texts: readonly UnitText[];
  /** What `EnvironmentFile=` names, by the path there: of a pattern, the contents of all its files. */
  readonly environmentFiles: ReadonlyMap<string, string>;
  /** The configuration file and its drop-ins, by path: those that exist. */
  readonly configurationFiles: ReadonlyMap<string, string>;
  /** Paths of the drop-ins of the configuration, in the order in which the kubelet reads them. */
  readonly configurationDropIns: readonly string[];
  /** `v1.30.2`, as the kubelet that is there says; absent if it was not asked or did not answer. */
  readonly version?: string | undefined;
  /** Other distributions' kubelets that this host runs, by the path that told. */
  readonly distribution?: Distribution | undefined;
}

/** A distribution in which the kubelet has no unit of its own, or whose own operator owns it. */
export type Distribution = 'k3s' | 'RKE2' | 'MicroK8s' | 'OpenShift';

/** What systemd starts. */
export interface Launch {
  /** The one command; undefined if there is none, or if there are several. */
  readonly command: ServiceCommand | undefined;
  readonly commands: readonly ServiceCommand[];
  readonly variables: Variables;
  /** The words of the one command with the variables put in. */
  readonly words: readonly ExpandedWord[];
  /** The words from the kubelet itself on; empty if none of the words is a kubelet. */
  readonly kubelet: readonly ExpandedWord[];
  readonly commandLine: CommandLine;
  /** Where relative paths of flags and of drop-ins of the configuration count from. */
  readonly workingDirectory: string;
}

type Started = Pick<InstalledKubelet, 'unit' | 'texts' | 'environmentFiles' | 'version'>;

/** What systemd starts, by the unit's files. */
export function launchOf({ unit, texts, environmentFiles, version }: Started): Launch {
  const commands = commandsOf(texts);
  const command = commands.length === 1 ? commands[0] : undefined;
  const variables = environmentOf(texts, (path) => environmentFiles.get(path));
  const words = command ? expandCommand(command, variables, unit) : [];
  const kubelet = kubeletWords(words, variables);
  const release = version === undefined ? undefined : releaseOf(version);
  const directory = optionsOf(texts).get('Service.WorkingDirectory')?.values.at(-1) ?? '/';
  return {
    command,
    commands,
    variables,
    words,
    kubelet,
    commandLine: readCommandLine(kubelet.slice(1), release),
    workingDirectory: directory.startsWith('/') ? directory : '/',
  };
}

/** From the program on that is a kubelet: `/usr/bin/kubelet`, `hyperkube kubelet`, `nice -n5 kubelet`. */
function kubeletWords(words: readonly ExpandedWord[], variables: Variables): readonly ExpandedWord[] {
  const image = imagePlace(words.map(({ text }) => text ?? ''));
  if (image !== undefined) return inContainer(words.slice(image));
  const start = words.findIndex(({ text }) => text !== undefined && isKubeletProgram(text));
  if (start >= 0) return words.slice(start);
  const script = shellScript(words);
  if (script === undefined) return [];
  const inner = scriptWords(script, variables);
  const at = inner.findIndex(({ text }) => text !== undefined && isKubeletProgram(text));
  return at < 0 ? [] : inner.slice(at);
}

/** The image stands for the program, unless the words behind it name one. */
function inContainer(words: readonly ExpandedWord[]): readonly ExpandedWord[] {
  const options = words.findIndex(({ text }) => text?.startsWith('-') === true);
  const program = words.findIndex(({ text }, index) => index > 0 && text !== undefined && isKubeletProgram(text));
  return program > 0 && (options < 0 || program < options) ? words.slice(program) : words;
}

/** Whether a word names a kubelet, or a script that passes its arguments on to one. */
export function isKubeletProgram(word: string): boolean {
  return /(^|\/)kubelet(-wrapper)?$/.test(word);
}

/** The script of `sh -c SCRIPT`; undefined if the command is none. */
export function shellScript(words: readonly ExpandedWord[]): { readonly text: string; readonly by: string } | undefined {
  const [program, option, script] = words;
  const isShell = /(^|\/)(ba|da|z|k)?sh$/.test(program?.text ?? '');
  if (!isShell || !/^-[a-z]*c$/.test(option?.text ?? '') || script?.text === undefined) return undefined;
  return { text: script.text, by: script.by };
}
