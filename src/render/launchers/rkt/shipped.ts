/**
 * The variables of CoreOS's own wrappers. They are split at blanks, and before 2016-09 there were only three.
 */

import type { EffectiveSpec } from '../../../desired/defaults.ts';
import { refusal, type SpecProblem } from '../../../desired/spec-problem.ts';
import type { ShippedWrapper } from '../../coreos.ts';
import type { RktFields } from './fields.ts';
import { managedRemedy } from './image.ts';
import type { StructuredWords, TracedWord } from './words.ts';

export interface ShippedVariables {
  readonly environment: Readonly<Record<string, string>>;
  readonly problems: readonly SpecProblem[];
}

/** The variables that carry the structured words to a wrapper of CoreOS, or why they cannot. */
export function shippedVariables(
  spec: EffectiveSpec,
  rkt: RktFields,
  structured: StructuredWords,
  wrapper: ShippedWrapper,
): ShippedVariables {
  const { globalArgs, runArgs, stage1, imageArgs } = structured;
  const common = [...collisions(rkt, wrapper), ...[...globalArgs, ...runArgs, ...stage1, ...imageArgs].flatMap(splitProblems)];
  const join = (name: string, words: readonly TracedWord[]) => {
    const text = [...words.map(({ word }) => word), spec.unit.environment[name] ?? ''].filter((part) => part !== '').join(' ');
    return words.length === 0 ? {} : { [name]: text };
  };
  if (!wrapper.imageVariables) {
    return { environment: join('RKT_OPTS', runArgs), problems: [...common, ...legacyProblems(rkt, structured)] };
  }
  const environment = {
    ...(rkt.binary === '/usr/bin/rkt' ? {} : { RKT: rkt.binary }),
    ...join('RKT_GLOBAL_ARGS', globalArgs),
    ...join('RKT_RUN_ARGS', runArgs),
    ...join('RKT_STAGE1_ARG', stage1),
    ...join('KUBELET_IMAGE_ARGS', imageArgs),
  };
  return { environment, problems: common };
}

/**
 * rkt 1.26 and later refuse a volume with the name of one of the wrapper's. A volume that is mounted over the
 * wrapper's hides it (coreos/bugs 1892).
 */
function collisions({ volumes }: RktFields, wrapper: ShippedWrapper): SpecProblem[] {
  return volumes.flatMap(({ name, mountPath }) => {
    const path = ['launcher', 'rkt', 'volumes', name];
    if (wrapper.volumes.some((own) => own.name === name)) {
      return [
        refusal(
          'WrapperCannotExpress',
          path,
          `the kubelet-wrapper of this CoreOS release adds a volume ${name} itself`,
          `rename the volume, remove it, or ${managedRemedy}`,
        ),
      ];
    }
    const covered = wrapper.volumes.find((own) => own.target === mountPath);
    if (!covered) return [];
    const reason = `the kubelet-wrapper of this CoreOS release mounts ${covered.source} at ${covered.target} itself`;
    return [refusal('WrapperCannotExpress', [...path, 'mountPath'], reason, 'remove the volume, or mount it elsewhere')];
  });
}

/**
 * The wrapper splits words at blanks and replaces `*`, `?` and `[` by names of files. Quotes do not prevent
 * it.
 */
function splitProblems({ word, path }: TracedWord): SpecProblem[] {
  const carried = word !== '' && !/[ \t\n*?[]/.test(word);
  if (carried) return [];
  const reason = `CoreOS's kubelet-wrapper would split or expand ${JSON.stringify(word)}`;
  return [refusal('WrapperCannotExpress', path, reason, `${managedRemedy}, which passes it exactly`)];
}

function legacyProblems(rkt: RktFields, { globalArgs, stage1, imageArgs }: StructuredWords): SpecProblem[] {
  const fields = [
    ...globalArgs,
    ...stage1,
    ...imageArgs,
    ...(rkt.binary === '/usr/bin/rkt' ? [] : [{ word: rkt.binary, path: ['launcher', 'rkt', 'binary'] }]),
  ];
  return fields.map(({ word, path }) =>
    refusal(
      'WrapperCannotExpress',
      path,
      `the kubelet-wrapper of this CoreOS release has no variable for ${word}`,
      managedRemedy,
    ),
  );
}
