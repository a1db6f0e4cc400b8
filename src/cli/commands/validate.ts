/** `kubelet-config validate`: checks everything that can be checked without a cluster and without a node. */

import { defaultAllowance, type PathAllowance } from '../../api/paths.ts';
import { hasErrors, type Problem } from '../../api/problem.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { versionedComputedProblems } from '../../computed/versioned.ts';
import { desiredAlone } from '../../desired/effective.ts';
import { releaseOf } from '../../kubelet/release.ts';
import { locateIn, withoutRepeats } from '../../manifest/load/locate.ts';
import { render } from '../../render/render.ts';
import { command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { allowanceOf, noObjectsIn, readObjects } from '../flags/intent.ts';
import { allowanceOptions, filesOption, outputOption } from '../flags/options.ts';
import { countOn } from '../print/progress.ts';
import { countProblems, plural, printAs, printProblems, reportedProblems } from '../print/terminal.ts';

export const validate = command({
  name: 'validate',
  summary: 'Check objects without a cluster and without a node',
  options: {
    file: filesOption,
    'kubelet-version': {
      type: 'string',
      describe: 'Version of the kubelet to check flags and settings for, if an object names none',
    },
    output: outputOption,
    ...allowanceOptions,
  },
  examples: [
    ['validate -f workers.yaml', 'check one file'],
    ['validate -f configs/ --kubelet-version v1.36.0', 'check a directory, for the kubelet the nodes run'],
    ['validate -f configs/ -o json', 'for a program to read'],
  ],
  epilogue: 'Each object is checked by itself. To check the objects of one node together, give its labels to render.',
  run: async (flags, context) => {
    const { terminal } = context;
    const allowance = allowanceOf(flags);
    const version = versionOf(flags['kubelet-version']);
    const loaded = await readObjects(flags.file, allowance, context, version);
    const progress = countOn(terminal, loaded.objects.length);
    const deeper = loaded.objects.flatMap((one, index) => {
      progress(index);
      return locateIn([one], checkAlone(one.object, version, allowance));
    });
    const problems = withoutRepeats([...loaded.problems, ...deeper]);
    const valid = !hasErrors(problems);
    printProblems(problems, terminal);
    if (valid && loaded.objects.length === 0) throw noObjectsIn(flags.file);
    if (flags.output) {
      const objects = loaded.objects.map(({ object }) => object.metadata.name);
      printAs(flags.output, { valid, objects, problems: reportedProblems(terminal) }, terminal);
    } else {
      if (problems.length > 0) terminal.err(countProblems(problems));
      if (valid) terminal.out(`${plural(loaded.objects.length, 'object')} in ${plural(loaded.files, 'file')}: valid`);
    }
    return valid ? exitCodes.ok : exitCodes.invalid;
  },
});

/** @throws CommandFailure if it is not a version */
function versionOf(flag: string | undefined): string | undefined {
  if (flag === undefined) return undefined;
  if (releaseOf(flag) !== undefined && /^v?\d+\.\d+(\.\d+([-+_.][\w.-]+)?)?$/.test(flag)) return flag;
  const reason = `${JSON.stringify(flag)} is not a version of the kubelet`;
  throw new CommandFailure(exitCodes.usage, reason, 'write it as in --kubelet-version v1.36.1');
}

/**
 * The problems of an object as the only one of a node without known facts. An object without a launcher could
 * not be rendered alone, so it gets the host launcher.
 */
function checkAlone(
  object: KubeletConfig,
  version: string | undefined,
  allowance: PathAllowance = defaultAllowance,
): readonly Problem[] {
  const kubelet = { ...(version === undefined ? {} : { version }), ...object.spec.kubelet };
  const launcher = object.spec.launcher ?? { host: {} };
  const alone = { ...object, spec: { ...object.spec, nodeSelector: { matchLabels: {} }, kubelet, launcher } };
  const computed = versionedComputedProblems(object, kubelet.version, allowance);
  const desired = desiredAlone(alone, allowance);
  if (desired.kind === 'Unselected') return computed;
  if (desired.kind !== 'Effective') return [...ignoringPatches(desired.problems), ...computed];
  const rendered = render(desired.effective, { osRelease: {} });
  return [...ignoringPatches(rendered.kind === 'Refused' ? rendered.problems : rendered.warnings), ...computed];
}

/** A patch may be meant for fields of other objects: that it finds none here is no mistake. */
function ignoringPatches(problems: readonly Problem[]): Problem[] {
  return problems.filter(({ code }) => code !== 'PatchFailed' && code !== 'PatchWithoutEffect');
}
