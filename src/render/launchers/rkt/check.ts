/** Refuses in advance everything that rkt, or the wrapper before it, would refuse. */

import semver from 'semver';
import { isAtOrBelow } from '../../../api/paths.ts';
import type { EffectiveSpec } from '../../../desired/defaults.ts';
import { caution, refusal, type SpecProblem } from '../../../desired/spec-problem.ts';
import { checkRktArguments } from '../../../rkt/check.ts';
import { leastRkt } from '../../../rkt/least.ts';
import { isRunOption } from '../../../rkt/options.ts';
import { checkVolumes } from '../../../rkt/volumes.ts';
import type { CapabilityName, CapabilityReader } from '../../capabilities.ts';
import type { ShippedWrapper } from '../../coreos.ts';
import type { RktFields } from './fields.ts';
import type { TracedWord } from './words.ts';
import { exactVariables } from './wrapper.ts';

/** Checks the fields themselves, before any word is made of them. */
export function checkStructure({ kubelet, unit }: EffectiveSpec, rkt: RktFields): SpecProblem[] {
  return [
    ...volumeProblems(rkt),
    ...variableWordProblems(kubelet, rkt),
    ...joinedWords(rkt),
    ...privateVariables(unit),
    ...configurationProblems(kubelet, rkt),
  ];
}

function volumeProblems({ volumes, stage1 }: RktFields): SpecProblem[] {
  const isFly = Object.values(stage1).every((value) => value.includes('stage1-fly'));
  return checkVolumes(volumes, isFly ? 'fly' : 'other').map(({ severity, volume, field, reason, remedy }) => {
    const name = volumes[volume]?.name ?? volume;
    const path = ['launcher', 'rkt', 'volumes', name, ...field.split('.')];
    return severity === 'error' ? refusal('RktRefuses', path, reason, remedy) : caution('RktTrap', path, reason, remedy);
  });
}

/** Image and binary reach the wrapper in variables, which every wrapper splits. */
function variableWordProblems({ image, version }: EffectiveSpec['kubelet'], { binary }: RktFields): SpecProblem[] {
  const fields = [
    { path: ['kubelet', 'image'], value: image },
    { path: ['kubelet', 'version'], value: version },
    { path: ['launcher', 'rkt', 'binary'], value: binary },
  ];
  return fields
    .filter(({ value }) => value !== undefined && (value === '' || /[\s*?[]/.test(value)))
    .map(({ path, value }) =>
      refusal(
        'WrapperCannotExpress',
        path,
        `the wrapper would split or expand ${JSON.stringify(value)}`,
        'use a value without blanks, *, ? and [',
      ),
    );
}

/**
 * Items that hold several words, as they stood in Environment=. Some options take any text for their value,
 * so rkt would not see the others.
 */
function joinedWords({ options, globalArgs, imageArgs }: RktFields): SpecProblem[] {
  return Object.entries({ options, globalArgs, imageArgs }).flatMap(([field, words]) =>
    words.flatMap((word, index) => {
      const [, option = '', second] = /^--([a-z0-9-]+)(?![a-z0-9-])[\s\S]*?\s(--[a-z][a-z0-9-]*)/.exec(word) ?? [];
      // The value of a variable may hold any text.
      if (second === undefined || takesText.includes(option) || !isRunOption(second.slice(2))) return [];
      const reason = `the item holds several words: ${second} would become a part of the value of --${option}`;
      return [refusal('RktRefuses', ['launcher', 'rkt', field, index], reason, 'write each option as an item of its own')];
    }),
  );
}

const takesText = ['set-env', 'environment', 'annotation', 'user-annotation', 'user-label'];

function privateVariables({ environment }: EffectiveSpec['unit']): SpecProblem[] {
  return Object.values(exactVariables)
    .filter((name) => environment[name] !== undefined)
    .map((name) =>
      refusal(
        'InvalidValue',
        ['unit', 'environment', name],
        `${name} is how our unit talks to its wrapper`,
        'use the fields of launcher.rkt',
      ),
    );
}

/**
 * The kubelet in the pod sees /etc/kubernetes, /var/lib/kubelet, and each volume mounted at its path on the
 * host.
 */
function configurationProblems(
  { configuration, configurationPath }: EffectiveSpec['kubelet'],
  { volumes }: RktFields,
): SpecProblem[] {
  const seen = [
    '/etc/kubernetes',
    '/var/lib/kubelet',
    ...volumes.flatMap(({ hostPath, mountPath }) => (hostPath === mountPath && hostPath ? [hostPath] : [])),
  ];
  if (configuration === undefined || seen.some((directory) => isAtOrBelow(configurationPath, directory))) return [];
  const reason = `the kubelet in the pod does not see ${configurationPath}`;
  return [
    refusal(
      'RktRefuses',
      ['kubelet', 'configurationPath'],
      reason,
      'put it below /etc/kubernetes, or add a volume with the same hostPath and mountPath',
    ),
  ];
}

/**
 * Checks the whole command line against rkt's grammar and rules, and against the version of the node's rkt.
 */
export function checkRkt(line: readonly TracedWord[], wrapper: ShippedWrapper, capabilities: CapabilityReader): SpecProblem[] {
  const words = line.map(({ word }) => word);
  const found = checkRktArguments(words).map(({ severity, word, reason, remedy }) => {
    const path = line[word]?.path ?? ['launcher', 'rkt'];
    return severity === 'error'
      ? refusal('RktRefuses', path, `rkt would refuse it: ${reason}`, remedy)
      : caution('RktTrap', path, reason, remedy);
  });
  const own = { version: wrapper.leastRkt, because: 'the command line of the kubelet-wrapper itself' };
  const asked = leastRkt(words);
  const least = semver.gt(own.version, asked.version) ? own : asked;
  const name: CapabilityName = `rktAtLeast_${least.version.replaceAll('.', '_') as `${number}_${number}_${number}`}`;
  if (capabilities.read(name) !== false) return found;
  const reason = `the rkt of this node is older than ${least.version}, which ${least.because} needs`;
  return [
    ...found,
    refusal('RktTooOld', ['launcher', 'rkt'], reason, `install rkt ${least.version} or later, or choose another launcher`),
  ];
}
