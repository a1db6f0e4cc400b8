/** The words that reach rkt, each with its field: a word that rkt would refuse is reported at that field. */

import type { FieldPath } from '../../../api/problem.ts';
import type { EffectiveSpec } from '../../../desired/defaults.ts';
import { mountArgument, volumeArgument } from '../../../rkt/volumes.ts';
import type { ShippedWrapper } from '../../coreos.ts';
import { flagWords } from '../../flags.ts';
import type { RktFields } from './fields.ts';

export interface TracedWord {
  readonly word: string;
  readonly path: FieldPath;
}

/** The fields of the object as words, by their place on rkt's command line. */
export interface StructuredWords {
  readonly globalArgs: readonly TracedWord[];
  readonly runArgs: readonly TracedWord[];
  readonly stage1: readonly TracedWord[];
  readonly imageArgs: readonly TracedWord[];
}

const rktPath = ['launcher', 'rkt'];

/**
 * The words for kubelet.version and launcher.rkt.
 * @throws RktVolumeError for a volume that `checkVolumes` refuses
 */
export function structuredWords({ kubelet }: EffectiveSpec, rkt: RktFields): StructuredWords {
  const exec = defaultExec(kubelet.version);
  const imageArgs = list([...rktPath, 'imageArgs'], rkt.imageArgs);
  const isExecSet = rkt.imageArgs.some((word) => /^--exec(=|$)/.test(word));
  const isExecNeeded = !isExecSet && (imageArgs.length > 0 || exec !== wrapperExec);
  return {
    globalArgs: globalArgs(rkt),
    runArgs: [
      { word: `--uuid-file-save=${rkt.uuidFile}`, path: [...rktPath, 'uuidFile'] },
      ...sortedByName(rkt.volumes).flatMap(volumeWords),
      ...list([...rktPath, 'options'], rkt.options),
    ],
    stage1: stage1Words(rkt),
    imageArgs: isExecNeeded ? [{ word: `--exec=${exec}`, path: ['kubelet', 'version'] }, ...imageArgs] : imageArgs,
  };
}

function globalArgs(rkt: RktFields): TracedWord[] {
  return list([...rktPath, 'globalArgs'], rkt.globalArgs);
}

const globalVariable = 'RKT_GLOBAL_ARGS';

/** All words between `rkt` and its command: those of the object, then those of the unit's variable. */
export function globalWords(rkt: RktFields, environment: Readonly<Record<string, string>>): TracedWord[] {
  return [...globalArgs(rkt), ...splitVariable(globalVariable, environment)];
}

const wrapperExec = '/kubelet';

/** Since 1.17, hyperkube's images have the kubelet in another place (kubernetes/kubernetes 90331). */
export function defaultExec(version: string | undefined): string {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  const isLater = major !== undefined && (Number(major) > 1 || Number(minor) >= 17);
  return isLater ? '/usr/local/bin/kubelet' : wrapperExec;
}

function volumeWords(volume: RktFields['volumes'][number]): TracedWord[] {
  const path = [...rktPath, 'volumes', volume.name];
  const mount = mountArgument(volume);
  return ['--volume', volumeArgument(volume), ...(mount === undefined ? [] : ['--mount', mount])].map((word) => ({ word, path }));
}

function sortedByName(volumes: RktFields['volumes']): RktFields['volumes'] {
  return volumes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function stage1Words({ stage1 }: RktFields): TracedWord[] {
  const options = { path: 'path', url: 'url', name: 'name', hash: 'hash', fromDir: 'from-dir' } as const;
  return Object.entries(options).flatMap(([field, option]) => {
    const value = stage1[field as keyof typeof options];
    return value === undefined ? [] : [{ word: `--stage1-${option}=${value}`, path: [...rktPath, 'stage1', field] }];
  });
}

function list(path: FieldPath, words: readonly string[]): TracedWord[] {
  return words.map((word, index) => ({ word, path: [...path, index] }));
}

/**
 * Splits as a shell splits an unquoted variable. Patterns stay: only the host knows which files they match.
 */
function splitVariable(name: string, environment: Readonly<Record<string, string>>): TracedWord[] {
  const words = (environment[name] ?? '').split(/[ \t\n]+/).filter((word) => word !== '');
  return words.map((word) => ({ word, path: ['unit', 'environment', name] }));
}

/**
 * All arguments of rkt that a wrapper makes of an environment and the structured words (the script's last
 * lines).
 */
export function commandLine(
  spec: EffectiveSpec,
  structured: StructuredWords,
  wrapper: ShippedWrapper,
  image: string,
  environment: Readonly<Record<string, string>>,
): TracedWord[] {
  const variable = (name: string) => splitVariable(name, environment);
  const own = (...words: string[]) => words.map((word): TracedWord => ({ word, path: rktPath }));
  const user = [...structured.runArgs, ...variable('RKT_RUN_ARGS'), ...variable('RKT_OPTS')];
  const volumes = own(
    ...wrapper.volumes.flatMap(({ name, source }) => ['--volume', `${name},kind=host,source=${source}`]),
    ...wrapper.volumes.flatMap(({ name, target }) => ['--mount', `volume=${name},target=${target}`]),
  );
  const trust = own(...trustWords(wrapper, image));
  const stage1 = firstOf(variable('RKT_STAGE1_ARG'), structured.stage1, own('--stage1-from-dir=stage1-fly.aci'));
  return [
    ...structured.globalArgs,
    ...variable(globalVariable),
    ...own('run'),
    ...(wrapper.userWords === 'BeforeVolumes' ? [...user, ...trust, ...volumes] : [...volumes, ...trust, ...user]),
    ...own(...(wrapper.hostsEntry ? ['--hosts-entry', 'host'] : [])),
    ...stage1,
    { word: image, path: ['kubelet', 'image'] },
    ...firstOf(variable('KUBELET_IMAGE_ARGS'), structured.imageArgs, own(`--exec=${wrapperExec}`)),
    ...own('--'),
    ...flagWords(spec.kubelet).map(({ word, flag }) => ({ word, path: ['kubelet', 'flags', flag] })),
  ];
}

function trustWords({ trust }: ShippedWrapper, image: string): string[] {
  const [registry] = image.split('/');
  if (trust === 'All' || registry === 'quay.io') return ['--trust-keys-from-https'];
  return trust === 'QuayAndDocker' && registry === 'docker:' ? ['--insecure-options=image'] : [];
}

function firstOf(...choices: readonly (readonly TracedWord[])[]): readonly TracedWord[] {
  return choices.find((words) => words.length > 0) ?? [];
}
