/** Launcher `rkt`: the unit starts a kubelet-wrapper, CoreOS's own or ours, which runs the kubelet in rkt. */

import { hasErrors } from '../../../api/problem.ts';
import type { EffectiveSpec, RktLaunch } from '../../../desired/defaults.ts';
import { caution, refusal, type SpecProblem } from '../../../desired/spec-problem.ts';
import { fetchWords } from '../../../rkt/fetch-words.ts';
import { execLine } from '../../../systemd/quoting.ts';
import type { CapabilityReader } from '../../capabilities.ts';
import { lastGeneration, type ShippedWrapper, shippedWrapper, shippedWrapperPath } from '../../coreos.ts';
import { flagWords } from '../../flags.ts';
import type { ManagedFile } from '../../revision.ts';
import type { Launched } from '../launcher.ts';
import { checkRkt, checkStructure } from './check.ts';
import { imageOf, managedRemedy } from './image.ts';
import { shippedVariables } from './shipped.ts';
import { commandLine, type StructuredWords, splitVariable, structuredWords } from './words.ts';
import { exactVariables, managedWrapper, managedWrapperMode } from './wrapper.ts';
import { encodeWords } from './wrapper-encoding.ts';

export function launchRkt(spec: EffectiveSpec, rkt: RktLaunch, capabilities: CapabilityReader): Launched {
  const structure = checkStructure(spec, rkt);
  if (hasErrors(structure)) return { launch: undefined, problems: structure };

  const chosen = chooseWrapper(rkt, capabilities);
  const structured = structuredWords(spec, rkt);
  const image = imageOf(spec, chosen.wrapper);
  const variables = chosen.isShipped
    ? shippedVariables(spec, rkt, structured, chosen.wrapper)
    : { environment: managedVariables(rkt, structured), problems: [] };
  const ours = { ...image.environment, ...variables.environment };
  const problems = [
    ...structure,
    ...chosen.problems,
    ...image.problems,
    ...variables.problems,
    ...saidTwice(spec, ours, chosen.isShipped),
  ];

  const line = commandLine(
    spec,
    structured,
    chosen.wrapper,
    image.reference ?? `${chosen.wrapper.defaultImage}:unknown-until-started`,
    spec.unit.environment,
  );
  // A wrapper that cannot be told would pass rkt something else.
  if (!hasErrors(variables.problems)) problems.push(...checkRkt(line, chosen.wrapper, capabilities));

  const globals = [...structured.globalArgs, ...splitVariable('RKT_GLOBAL_ARGS', spec.unit.environment)].map(({ word }) => word);
  // With `-` before it the command may fail, as it does whenever there is no such pod.
  const podCommand = (verb: string) => execLine([rkt.binary, ...globals, verb, `--uuid-file=${rkt.uuidFile}`], '-');
  const fetch = image.reference === undefined ? undefined : fetchWords(line.map(({ word }) => word));
  const start = [chosen.path, ...flagWords(spec.kubelet).map(({ word }) => word)] as const;
  return {
    launch: {
      start,
      // The pod of the last run is removed and stopped by its id, or garbage stays behind (coreos-kubernetes 759, coreos/bugs 1831).
      startPre: [podCommand('rm')],
      stop: [podCommand('stop')],
      environment: { ...spec.unit.environment, ...ours },
      files: chosen.isShipped ? [] : [managedWrapperFile(rkt)],
      ...(fetch && { fetch: [rkt.binary, ...fetch] }),
    },
    problems,
  };
}

interface ChosenWrapper {
  readonly isShipped: boolean;
  readonly path: string;
  readonly wrapper: ShippedWrapper;
  readonly problems: readonly SpecProblem[];
}

/** Auto is CoreOS's own script where the release has one. Ours answers like its last generation. */
function chooseWrapper({ wrapper }: RktLaunch, capabilities: CapabilityReader): ChosenWrapper {
  const managed = { isShipped: false, path: wrapper.path, wrapper: shippedWrapper(lastGeneration), problems: [] };
  if (wrapper.source === 'Managed') return managed;
  const has = capabilities.read('hasShippedWrapper');
  if (has !== true && wrapper.source === 'Auto') return managed;
  const generation = has === true ? Number(capabilities.read('shippedWrapper')) : lastGeneration;
  return { isShipped: true, path: shippedWrapperPath, wrapper: shippedWrapper(generation), problems: shippedProblems(has) };
}

function shippedProblems(has: unknown): SpecProblem[] {
  const path = ['launcher', 'rkt', 'wrapper', 'source'];
  if (has === true) return [];
  if (has === null) {
    const reason = "which kubelet-wrapper this node's system ships is not known; taken for that of the last CoreOS releases";
    return [caution('WrapperCannotExpress', path, reason, 'give the facts of the node with --facts')];
  }
  const reason = "this node's system ships no kubelet-wrapper: CoreOS does from 962.0.0 on";
  return [refusal('WrapperCannotExpress', path, reason, 'use source: Auto or Managed')];
}

function managedVariables(rkt: RktLaunch, { globalArgs, runArgs, stage1, imageArgs }: StructuredWords): Record<string, string> {
  const exact = { globalArgs, runArgs, stage1Arg: stage1, imageArgs };
  const pairs = Object.entries(exact)
    .filter(([, words]) => words.length > 0)
    .map(([name, words]) => [exactVariables[name as keyof typeof exact], encodeWords(words.map(({ word }) => word))]);
  return { ...(rkt.binary === '/usr/bin/rkt' ? {} : { RKT: rkt.binary }), ...Object.fromEntries(pairs) };
}

function managedWrapperFile({ wrapper }: RktLaunch): ManagedFile {
  return { path: wrapper.path, mode: managedWrapperMode, uid: 0, gid: 0, content: managedWrapper() };
}

/** One fact, one place: what a variable of the unit says and what the structure says about the same thing would hide each other. */
function saidTwice({ unit }: EffectiveSpec, ours: Readonly<Record<string, string>>, isShipped: boolean): SpecProblem[] {
  const joined = isShipped ? ['RKT_GLOBAL_ARGS', 'RKT_RUN_ARGS', 'RKT_OPTS'] : [];
  return Object.keys(ours)
    .filter((name) => unit.environment[name] !== undefined && !joined.includes(name))
    .map((name) =>
      refusal(
        'InvalidValue',
        ['unit', 'environment', name],
        `${name} is set by kubelet and launcher already`,
        `drop it here, or drop the fields that set it${isShipped ? `, or ${managedRemedy}` : ''}`,
      ),
    );
}
