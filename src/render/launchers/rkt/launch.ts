/** Chooses the wrapper, and writes its variables and its file. */

import { hasErrors } from '../../../api/problem.ts';
import type { EffectiveSpec } from '../../../desired/defaults.ts';
import { caution, refusal, type SpecProblem } from '../../../desired/spec-problem.ts';
import { fetchWords, pullPolicyWord } from '../../../rkt/fetch-words.ts';
import { strongerThan } from '../../../rkt/wrapper-variables.ts';
import type { CapabilityReader } from '../../capabilities.ts';
import { lastGeneration, type ShippedWrapper, shippedWrapper, shippedWrapperPath } from '../../coreos.ts';
import { flagWords } from '../../flags.ts';
import type { ManagedFile } from '../../revision.ts';
import type { Launch, Launched } from '../launcher.ts';
import { checkRkt, checkStructure } from './check.ts';
import type { RktFields } from './fields.ts';
import { imageOf, managedRemedy } from './image.ts';
import { withoutMounted } from './mounted.ts';
import { podCommand } from './pod-command.ts';
import { shippedVariables } from './shipped.ts';
import { commandLine, type StructuredWords, structuredWords, type TracedWord } from './words.ts';
import { exactVariables, managedWrapper, managedWrapperMode } from './wrapper.ts';
import { encodeWords } from './wrapper-encoding.ts';

/**
 * The wrapper that the unit starts, with its variables; or why rkt or the wrapper cannot do what the fields
 * say.
 */
export function launchRkt(spec: EffectiveSpec, said: RktFields, capabilities: CapabilityReader): Launched {
  const structure = checkStructure(spec, said);
  if (hasErrors(structure)) return { launch: undefined, problems: structure };

  const chosen = chooseWrapper(said, capabilities);
  const { isShipped, wrapper } = chosen;
  const { rkt, notices } = withoutMounted(said, wrapper);
  const structured = structuredWords(spec, rkt);
  const image = imageOf(spec, wrapper);
  const variables = isShipped
    ? shippedVariables(spec, rkt, structured, wrapper)
    : { environment: managedVariables(rkt, structured), problems: [] };
  const ours = { ...image.environment, ...variables.environment };
  const reference = image.reference ?? `${wrapper.defaultImage}:unknown-until-started`;
  const line = commandLine(spec, structured, wrapper, reference, spec.unit.environment);
  return {
    launch: {
      command: {
        kind: 'Starts',
        start: [chosen.path, ...flagWords(spec.kubelet).map(({ word }) => word)],
        startPre: [podCommand('rm', rkt, spec)],
        stop: [podCommand('stop', rkt, spec)],
      },
      environment: { ...spec.unit.environment, ...ours },
      files: isShipped ? [] : [managedWrapperFile(rkt)],
      ...(image.reference !== undefined && fetchOf(rkt, line)),
    },
    problems: [
      ...structure,
      ...notices,
      ...chosen.problems,
      ...image.problems,
      ...variables.problems,
      ...saidTwice(spec, ours, isShipped),
      // A wrapper that cannot carry the words would pass others to rkt, so it is of no use to check them.
      ...(hasErrors(variables.problems) ? [] : checkRkt(line, wrapper, capabilities)),
    ],
  };
}

function fetchOf(rkt: RktFields, line: readonly TracedWord[]): Pick<Launch, 'fetch'> {
  const words = fetchWords(line.map(({ word }) => word));
  return words === undefined ? {} : { fetch: { command: [rkt.binary, ...words], newWord: pullPolicyWord } };
}

interface ChosenWrapper {
  readonly isShipped: boolean;
  readonly path: string;
  readonly wrapper: ShippedWrapper;
  readonly problems: readonly SpecProblem[];
}

/** `Auto` takes CoreOS's own script if the release has one. Our script behaves as its last generation. */
function chooseWrapper({ wrapper }: RktFields, capabilities: CapabilityReader): ChosenWrapper {
  const managed = { isShipped: false, path: wrapper.path, wrapper: shippedWrapper(lastGeneration), problems: [] };
  if (wrapper.source === 'Managed') return managed;
  const has = capabilities.read('hasShippedWrapper');
  if (has !== true && wrapper.source === 'Auto') return managed;
  const generation = has === true ? Number(capabilities.read('shippedWrapper')) : lastGeneration;
  const starts = generation >= firstWithDirectory || capabilities.read('shippedWrapperStarts') !== false;
  if (!starts && wrapper.source === 'Auto') return managed;
  const unstartable = starts ? [] : [unstartableWrapper()];
  return {
    isShipped: true,
    path: shippedWrapperPath,
    wrapper: shippedWrapper(generation),
    problems: [...shippedProblems(has), ...unstartable],
  };
}

/** The first generation that lets rkt find the stage1 image in its own folder. */
const firstWithDirectory = 5;

function unstartableWrapper(): SpecProblem {
  const reason =
    'the kubelet-wrapper of this CoreOS release cannot start: it names the stage1 image by a path that its rkt (1.3.0 or later) refuses';
  const remedy = 'install rkt 1.15.0 or later and use source: Managed, or update CoreOS';
  return refusal('WrapperCannotExpress', ['launcher', 'rkt', 'wrapper', 'source'], reason, remedy);
}

function shippedProblems(has: unknown): SpecProblem[] {
  const path = ['launcher', 'rkt', 'wrapper', 'source'];
  if (has === true) return [];
  if (has === null) {
    const reason = "the kubelet-wrapper of this node's system is not known, so the one of the last CoreOS releases is assumed";
    return [caution('WrapperCannotExpress', path, reason, 'give the facts of the node with --facts')];
  }
  const reason = "this node's system ships no kubelet-wrapper; only CoreOS 962.0.0 and later does";
  return [refusal('WrapperCannotExpress', path, reason, 'use source: Auto or Managed')];
}

function managedVariables(rkt: RktFields, { globalArgs, runArgs, stage1, imageArgs }: StructuredWords): Record<string, string> {
  const exact = { globalArgs, runArgs, stage1Arg: stage1, imageArgs };
  const pairs = Object.entries(exact)
    .filter(([, words]) => words.length > 0)
    .map(([name, words]) => [exactVariables[name as keyof typeof exact], encodeWords(words.map(({ word }) => word))]);
  return { ...(rkt.binary === '/usr/bin/rkt' ? {} : { RKT: rkt.binary }), ...Object.fromEntries(pairs) };
}

function managedWrapperFile({ wrapper }: RktFields): ManagedFile {
  return { path: wrapper.path, mode: managedWrapperMode, uid: 0, gid: 0, content: managedWrapper() };
}

/**
 * Refuses a variable of the unit that the fields set too: one of the two would silently count for nothing.
 */
function saidTwice({ unit }: EffectiveSpec, ours: Readonly<Record<string, string>>, isShipped: boolean): SpecProblem[] {
  const joined = isShipped ? ['RKT_GLOBAL_ARGS', 'RKT_RUN_ARGS', 'RKT_OPTS'] : [];
  const said = Object.keys(ours)
    .filter((name) => unit.environment[name] !== undefined && !joined.includes(name))
    .map((name) =>
      refusal(
        'InvalidValue',
        ['unit', 'environment', name],
        `${name} is set by kubelet and launcher already`,
        `remove it here, or remove the fields that set it${isShipped ? `, or ${managedRemedy}` : ''}`,
      ),
    );
  return [...said, ...beaten(unit.environment, ours), ...withoutEffect(unit.environment, ours)];
}

type Variables = Readonly<Record<string, string>>;

/** A variable of the unit that counts more than one that the fields set: another image would run. */
function beaten(environment: Variables, ours: Variables): SpecProblem[] {
  const found = new Map(Object.keys(ours).flatMap((name) => strongerThan(name).map((other) => [other, name] as const)));
  return [...found]
    .filter(([other]) => environment[other] && ours[other] === undefined)
    .map(([other, name]) =>
      refusal(
        'InvalidValue',
        ['unit', 'environment', other],
        `${other} counts more than ${name}, which kubelet.version and kubelet.image set`,
        'remove it here, or remove those fields',
      ),
    );
}

/** The old names of tag and image: the wrapper looks at them only where the new ones are empty. */
function withoutEffect(environment: Variables, ours: Variables): SpecProblem[] {
  const old = [
    ['KUBELET_VERSION', ['KUBELET_IMAGE_TAG', 'KUBELET_IMAGE']],
    ['KUBELET_ACI', ['KUBELET_IMAGE_URL', 'KUBELET_IMAGE']],
  ] as const;
  return old.flatMap(([name, newer]) => {
    const instead = newer.find((one) => ours[one] !== undefined);
    if (!environment[name] || instead === undefined) return [];
    const reason = `${name} has no effect, because kubelet.version or kubelet.image sets ${instead}`;
    return [caution('InvalidValue', ['unit', 'environment', name], reason, 'remove it')];
  });
}
