/**
 * How further words reach the kubelet of a unit that stays as it is: through a variable that is empty, or
 * at the end of its command, which a drop-in then says again. Pure.
 */

import { lastNameOf } from '../../systemd/install-links.ts';
import type { ServiceCommand } from '../../systemd/service.ts';
import type { Distribution, InstalledKubelet, Launch } from './installed.ts';
import { isKubeletProgram, launchOf, shellScript } from './installed.ts';

/** Where our words are put. */
export type WayIn =
  /** The command ends in `$name`, which is empty: an environment file sets it. */
  | { readonly kind: 'Variable'; readonly name: string; readonly words: WordsThatArrive }
  /** The command is said again by a drop-in, with our words at its end. */
  | { readonly kind: 'Restated'; readonly command: ServiceCommand; readonly words: WordsThatArrive };

/**
 * `Exact`: every word arrives as it is. `Plain`: a shell reads the variable, so only words without its
 * special characters do. `Literal`: systemd expands no variable there, so the words stand in the command
 * itself.
 */
export type WordsThatArrive = 'Exact' | 'Plain' | 'Literal';

export type FoundWay =
  | { readonly ok: true; readonly way: WayIn; readonly isContainer: boolean }
  /** `reason` names the line that prevents it. */
  | { readonly ok: false; readonly reason: string; readonly remedy: string };

/**
 * The variable that a drop-in adds to a command that is said again. kubeadm uses KUBELET_CONFIG_ARGS
 * itself.
 */
export const ourVariable = 'KUBELET_CONFIG_DEV_ARGS';

/**
 * Finds the way in.
 * @param argsVariable the variable that the object names; undefined if it leaves the choice to us
 */
export function wayInto(installed: InstalledKubelet, argsVariable: string | undefined): FoundWay {
  const launch = launchOf(installed);
  const { command, commands } = launch;
  const foreign = ofDistribution(installed.distribution);
  if (foreign) return foreign;
  if (installed.texts.length === 0)
    return none(`this node has no ${installed.unit}`, 'install the kubelet first, or use the launcher host, podman or rkt');
  if (!command) return notOne(installed.unit, commands);
  const started = startedBy(launch);
  switch (started) {
    case 'Follower':
      return none(
        `${command.by} starts the kubelet elsewhere and only follows it: ExecStart=${command.line}`,
        'words of an object cannot reach that kubelet; use the launcher podman, which starts the container itself',
      );
    case 'Shell':
      return throughShell(launch);
    case 'Unknown':
      return throughScript(launch, argsVariable);
    case 'Kubelet':
    case 'Container':
      return atTheEnd(launch, command, argsVariable, started === 'Container');
    default:
      return started satisfies never;
  }
}

/**
 * Through the variable that is named, or else the last one, if it is empty; otherwise the command is said
 * again.
 */
function atTheEnd(launch: Launch, command: ServiceCommand, argsVariable: string | undefined, isContainer: boolean): FoundWay {
  if (argsVariable !== undefined && !command.words.some((word) => holdsVariable(word, argsVariable)))
    return none(
      `the command of the unit has no $${argsVariable}: ExecStart=${command.line} in ${command.by}`,
      'name a variable that stands in it as a word of its own, or leave argsVariable out',
    );
  if (command.prefixes.includes(':')) return { ok: true, way: { kind: 'Restated', command, words: 'Literal' }, isContainer };
  const name = argsVariable ?? variableOf(command.words.at(-1) ?? '');
  const at = command.words.lastIndexOf(`$${name}`);
  // What others put there would be lost, and what stands behind it would count more than ours.
  const isFree = at > 0 && command.words.slice(at).every((word) => isEmptyVariable(launch, word));
  const way: WayIn =
    name !== undefined && isFree ? { kind: 'Variable', name, words: 'Exact' } : { kind: 'Restated', command, words: 'Exact' };
  return { ok: true, way, isContainer };
}

function none(reason: string, remedy: string): FoundWay {
  return { ok: false, reason, remedy };
}

const distributionRemedies: Readonly<Record<Distribution, string>> = {
  k3s: 'set kubelet arguments with kubelet-arg in /etc/rancher/k3s/config.yaml',
  RKE2: 'set kubelet arguments with kubelet-arg in /etc/rancher/rke2/config.yaml',
  MicroK8s: 'set kubelet arguments in /var/snap/microk8s/current/args/kubelet',
  OpenShift:
    "use OpenShift's own KubeletConfig (machineconfiguration.openshift.io/v1), which its machine-config operator carries out",
};

function ofDistribution(distribution: Distribution | undefined): FoundWay | undefined {
  if (distribution === undefined) return undefined;
  const reason =
    distribution === 'OpenShift'
      ? "this node belongs to OpenShift, whose machine-config operator writes the kubelet's unit and would write it anew"
      : `this node runs ${distribution}, in which the kubelet is a part of another process and has no unit`;
  return none(reason, distributionRemedies[distribution]);
}

function notOne(unit: string, commands: readonly ServiceCommand[]): FoundWay {
  const [first] = commands;
  if (!first) return none(`${unit} starts nothing: it has no ExecStart=`, 'repair the unit, then apply again');
  const places = [...new Set(commands.map(({ by }) => by))].join(', ');
  return none(
    `${unit} has ${commands.length} ExecStart= (in ${places}), so it is not known which one is the kubelet`,
    'leave one ExecStart= in the unit',
  );
}

/** What stands at the beginning of the command. */
type StartedBy = 'Kubelet' | 'Container' | 'Shell' | 'Follower' | 'Unknown';

/** Programs that start the one that follows in their arguments, with all words behind it. */
const passing = [
  'env',
  'nice',
  'ionice',
  'chrt',
  'taskset',
  'numactl',
  'setpriv',
  'runcon',
  'stdbuf',
  'hyperkube',
  'systemd-inhibit',
];

function startedBy({ command, words, kubelet }: Launch): StartedBy {
  const [program = '', ...rest] = command?.words ?? [];
  const name = lastNameOf(program);
  if (isKubeletProgram(program)) return 'Kubelet';
  if (shellScript(words)) return 'Shell';
  if (['docker', 'podman', 'nerdctl'].includes(name)) {
    const isDetached = rest.some((word) => word === '-d' || word === '--detach' || word === '--detach=true');
    return rest.includes('run') && !isDetached ? 'Container' : 'Follower';
  }
  return passing.includes(name) && kubelet.length > 0 ? 'Kubelet' : 'Unknown';
}

function holdsVariable(word: string, name: string): boolean {
  return word.includes(`$${name}`) || word.includes(`\${${name}}`);
}

/** The variable that a word of a command is, as `$NAME` alone. */
function variableOf(word: string): string | undefined {
  return /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(word)?.[1];
}

function isEmptyVariable(launch: Launch, word: string): boolean {
  const name = variableOf(word);
  return name !== undefined && isEmpty(launch, name);
}

function isEmpty({ variables }: Launch, name: string): boolean {
  const variable = variables.get(name);
  return variable === undefined || variable.value?.trim() === '';
}

/** `sh -c "exec kubelet $X"`: the words go to the end of the script, where the shell reads them once more. */
function throughShell(launch: Launch): FoundWay {
  const { command, words } = launch;
  const script = shellScript(words)?.text ?? '';
  if (!command || !/^\s*(exec\s+)?(\S*\/)?kubelet(\s[^;&|<>()`\n]*)?$/.test(script) || /"\s*$/.test(script)) {
    return none(
      `a shell starts the kubelet with a script that is more than one command: ExecStart=${command?.line ?? ''} in ${command?.by ?? 'the unit'}`,
      'words of an object cannot be put into it safely; let ExecStart= start the kubelet itself, or use the launcher host',
    );
  }
  return { ok: true, way: { kind: 'Restated', command, words: 'Plain' }, isContainer: false };
}

/**
 * A program that we do not know may pass a variable of its environment on to the kubelet: only the author
 * of the object can say so. What the variable holds already would be lost.
 */
function throughScript(launch: Launch, argsVariable: string | undefined): FoundWay {
  const line = `ExecStart=${launch.command?.line ?? ''} in ${launch.command?.by ?? 'the unit'}`;
  if (argsVariable === undefined)
    return none(
      `the command of the unit is no kubelet, so it is not known how further words reach it: ${line}`,
      'name the variable that the script passes on to the kubelet in launcher.existing.argsVariable',
    );
  if (!isEmpty(launch, argsVariable))
    return none(
      `${argsVariable} has a value of the node's in ${launch.variables.get(argsVariable)?.by}, which ours would replace: ${line}`,
      'name a variable that the script passes on and that is empty on this node',
    );
  return { ok: true, way: { kind: 'Variable', name: argsVariable, words: 'Plain' }, isContainer: false };
}
