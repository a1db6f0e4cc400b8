/** `kubelet-config validate`: everything that can be checked without a cluster and without a node. */

import { withoutSecrets } from '../../api/hide-secrets.ts';
import { defaultAllowance, type PathAllowance } from '../../api/paths.ts';
import { hasErrors, type Problem } from '../../api/problem.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { desiredFor } from '../../desired/effective.ts';
import { releaseOf } from '../../kubelet/release.ts';
import { locateIn, withoutRepeats } from '../../manifest/load/locate.ts';
import { render } from '../../render/render.ts';
import { command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { allowanceOf, readObjects } from '../flags/intent.ts';
import { allowanceOptions, filesOption, outputOption } from '../flags/options.ts';
import { printAs, printProblems } from '../print/terminal.ts';

export const validate = command({
  name: 'validate',
  summary: 'Check objects as far as it can be done without a cluster and without a node',
  options: {
    file: filesOption,
    'kubelet-version': { type: 'string', describe: 'Check flags and settings for this kubelet, where an object names none' },
    output: outputOption,
    ...allowanceOptions,
  },
  examples: [
    ['validate -f workers.yaml', 'check one file'],
    ['validate -f configs/ --kubelet-version v1.36.0', 'check a directory, for the kubelet the nodes run'],
    ['validate -f configs/ -o json', 'for a program to read'],
  ],
  epilogue:
    'Each object is checked for itself: which ones select the same node is known only with its labels. Try those with render.',
  run: async (flags, context) => {
    const { terminal } = context;
    const allowance = allowanceOf(flags);
    const version = versionOf(flags['kubelet-version']);
    const loaded = await readObjects(flags.file, allowance, context);
    const deeper = loaded.objects.flatMap(({ object }) => locateIn(loaded.objects, checkAlone(object, version, allowance)));
    const problems = withoutRepeats([...loaded.problems, ...deeper]);
    const valid = !hasErrors(problems);
    if (valid && loaded.objects.length === 0) {
      throw new CommandFailure(
        exitCodes.invalid,
        `there is no KubeletConfig in ${flags.file.join(', ')}`,
        'give files with KubeletConfig objects',
      );
    }
    if (flags.output) {
      printAs(
        flags.output,
        { valid, objects: loaded.objects.map(({ object }) => object.metadata.name), problems: problems.map(withoutSecrets) },
        terminal,
      );
    } else {
      printProblems(problems, terminal);
      if (valid) terminal.out(`${count(loaded.objects.length, 'object')} in ${count(loaded.files, 'file')}: valid`);
    }
    return valid ? exitCodes.ok : exitCodes.invalid;
  },
});

/** Only the first two numbers decide, so they are enough. @throws CommandFailure for what is no version */
function versionOf(flag: string | undefined): string | undefined {
  if (flag === undefined) return undefined;
  const version = /^v?\d+\.\d+$/.test(flag) ? `${flag}.0` : flag;
  if (releaseOf(version) !== undefined && /^v?(\d+\.){2}\d+([-+_.][\w.-]+)?$/.test(version)) return version;
  const reason = `${JSON.stringify(flag)} is no version of the kubelet`;
  throw new CommandFailure(exitCodes.usage, reason, 'write it as in --kubelet-version v1.36.1');
}

/** As if it were the only object of a node of which nothing is known. One that leaves the launcher to others cannot be rendered alone. */
function checkAlone(
  object: KubeletConfig,
  version: string | undefined,
  allowance: PathAllowance = defaultAllowance,
): readonly Problem[] {
  const kubelet = { ...(version === undefined ? {} : { version }), ...object.spec.kubelet };
  const launcher = object.spec.launcher ?? { host: {} };
  const alone = { ...object, spec: { ...object.spec, nodeSelector: {}, kubelet, launcher } };
  const desired = desiredFor([alone], {}, allowance);
  if (desired.kind !== 'Effective') return desired.kind === 'Unselected' ? [] : ignoringPatches(desired.problems);
  const rendered = render(desired.effective, { osRelease: {} });
  return ignoringPatches(rendered.kind === 'Refused' ? rendered.problems : rendered.warnings);
}

/** Patches are made for what other objects say: alone they may well have nothing to work on. */
function ignoringPatches(problems: readonly Problem[]): Problem[] {
  return problems.filter(({ code }) => code !== 'PatchFailed' && code !== 'PatchWithoutEffect');
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
