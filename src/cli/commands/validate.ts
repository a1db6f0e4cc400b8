/** `kubelet-config validate`: checks objects without a cluster, and with --root against a machine. */

import type { NodeFlags } from '../../agent/sources/identity.ts';
import { defaultAllowance, type PathAllowance } from '../../api/paths.ts';
import { hasErrors, type Problem } from '../../api/problem.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { versionedComputedProblems } from '../../computed/versioned.ts';
import { desiredAlone } from '../../desired/effective.ts';
import type { PlainFile } from '../../importing/plain/plain-file.ts';
import type { LoadedObjects } from '../../manifest/load/load.ts';
import { locateIn, withoutRepeats } from '../../manifest/load/locate.ts';
import { renderProblems } from '../../render/render.ts';
import { terminalText } from '../../text/foreign-text.ts';
import { type CommandContext, command } from '../command.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../failure.ts';
import type { AgainstMachine } from '../flags/against-machine.ts';
import { allowanceOf, noObjectsIn, readObjects } from '../flags/intent.ts';
import { kubeletVersionOf } from '../flags/kubelet-version.ts';
import { allowanceOptions, filesOption, nodeOptions, reportOption } from '../flags/options.ts';
import { takePlainFiles } from '../flags/plain-files.ts';
import { againstData, againstLines } from '../print/against-machine.ts';
import { keptExitCode } from '../print/print-outcome.ts';
import { countOn } from '../print/progress.ts';
import { printReport } from '../print/report.ts';
import { countProblems, plural, printAs, printProblems, reportedProblems, type Terminal } from '../print/terminal.ts';

export const validate = command({
  name: 'validate',
  options: {
    file: filesOption,
    'kubelet-version': {
      type: 'string',
      describe: 'Version of the kubelet to check flags and settings for, if an object names none',
    },
    root: {
      type: 'string',
      completes: 'Directory',
      describe:
        'root of a machine, or the tree of an image: shows what the objects would change of the settings of its kubelet, and what apply would refuse there',
    },
    ...nodeOptions,
    output: reportOption,
    ...allowanceOptions,
  },
  examples: [
    ['validate -f workers.yaml', 'check one file'],
    ['validate -f configs/ --kubelet-version v1.36.0', 'check a directory, for the kubelet the nodes run'],
    ['validate -f gpu.yaml --root /', 'and what it would change of the kubelet of this machine'],
    ['validate -f configs/ --root ./image --label role=worker', 'what those that select the node would change together'],
    ['validate -f kubelet.service kubeadm-flags.env config.yaml --kubelet-version v1.36.1', "a kubelet's own files, together"],
    ['validate -f /var/lib/kubelet/config.yaml', 'the same of a machine, where the other files stand at their paths'],
    ['validate -f configs/ -o json', 'for a program to read'],
    ["validate -f 'configs/**/*.yaml' -o github", 'in a workflow of GitHub, which shows each problem at its line'],
    ['validate -f configs/ -o sarif', 'for what reads SARIF 2.1.0'],
  ],
  epilogue:
    'Each object is checked by itself. With --root, each one is also compared with the machine, as if it were the only one there; with --label or --labels, those that select the node are compared together. A KubeletConfiguration, a unit with its drop-ins and an environment file are judged as a kubelet reads them; without a version, an error is what every supported kubelet refuses, and a warning what some refuse. Nothing is changed.',
  run: async (flags, context) => {
    const { terminal } = context;
    const allowance = allowanceOf(flags);
    const said = flags['kubelet-version'];
    const version = said === undefined ? undefined : kubeletVersionOf(said, '--kubelet-version');
    checkRoot(flags);
    const plain: PlainFile[] = [];
    const loaded = await readObjects(flags.file, allowance, context, version, takePlainFiles(plain));
    const progress = countOn(terminal, loaded.objects.length);
    const deeper = loaded.objects.flatMap((one, index) => {
      progress(index);
      return locateIn([one], checkAlone(one.object, version, allowance));
    });
    const problems = withoutRepeats([...loaded.problems, ...deeper, ...(await ofPlainFiles(plain, flags))]);
    printProblems(problems, terminal);
    if (!hasErrors(problems) && loaded.objects.length + plain.length === 0) throw noObjectsIn(flags.file);
    const objects = loaded.objects.map(({ object }) => object);
    const compared = hasErrors(problems) || objects.length === 0 ? undefined : await against(flags, objects, allowance, context);
    for (const { problems: found } of compared ?? []) printProblems(locateIn(loaded.objects, found), terminal);
    return print(loaded, plain, compared, terminal);
  },
});

interface Flags extends NodeFlags {
  readonly root?: string | undefined;
  readonly unit: string;
  readonly 'kubelet-version'?: string | undefined;
}

/** @throws CommandFailure if a node is described and no machine is named */
function checkRoot({ root, node, label, labels }: Flags): void {
  if (root !== undefined || (node === undefined && label.length === 0 && labels === undefined)) return;
  throw new CommandFailure(
    exitCodes.usage,
    '--node, --label and --labels describe a node, and --root names no machine',
    'add --root DIR, or leave them out: each object is then checked by itself',
  );
}

/** Loads what judges such files only if there are some: a run without them starts sooner. */
async function ofPlainFiles(files: readonly PlainFile[], flags: Flags): Promise<Problem[]> {
  if (files.length === 0) return [];
  const { plainFileProblems } = await import('../flags/judge-plain-files.ts');
  return plainFileProblems(files, flags);
}

/** @returns undefined if no machine is named */
async function against(
  flags: Flags,
  objects: readonly KubeletConfig[],
  allowance: PathAllowance,
  context: CommandContext,
): Promise<AgainstMachine[] | undefined> {
  const { root } = flags;
  if (root === undefined) return undefined;
  const { compareWithMachine } = await import('../flags/against-machine.ts');
  return compareWithMachine({ ...flags, root }, objects, allowance, context);
}

async function print(
  { objects, files }: LoadedObjects,
  plain: readonly PlainFile[],
  compared: readonly AgainstMachine[] | undefined,
  terminal: Terminal,
): Promise<ExitCode> {
  const problems = reportedProblems(terminal);
  const valid = !hasErrors(problems);
  const exitCode = valid ? exitCodes.ok : keptExitCode(problems);
  const own = [...new Set(plain.map(({ name }) => name))];
  const verdict = `${countOf(objects.length, files, own.length)}: valid`;
  if (terminal.report) {
    const summary = [countProblems(problems), ...(valid ? [verdict] : [])].filter((text) => text !== '').join('; ');
    await printReport(terminal.report, { exitCode, summary }, terminal);
  } else if (terminal.format) {
    const names = objects.map(({ object }) => object.metadata.name);
    const data = {
      valid,
      objects: names,
      ...(own.length > 0 && { kubeletFiles: own }),
      ...(compared && { compared: againstData(compared) }),
      problems,
    };
    printAs(terminal.format, data, terminal);
  } else {
    if (problems.length > 0) terminal.err(countProblems(problems));
    for (const line of againstLines(compared ?? [])) terminal.out(terminalText(line));
    if (valid) terminal.out(verdict);
  }
  return exitCode;
}

/** Files of a kubelet itself are no objects, and a file may hold both. */
function countOf(objects: number, files: number, own: number): string {
  const ours = `${plural(objects, 'object')} in ${plural(files, 'file')}`;
  if (own === 0) return ours;
  return [...(objects === 0 ? [] : [ours]), `${plural(own, 'file')} of a kubelet`].join(', ');
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
  // An object without a launcher adds to another one, which may have the configuration.
  const isWhole = object.spec.launcher !== undefined;
  const found = ignoringPatches(renderProblems(desired.effective, { osRelease: {} }, isWhole ? 'Whole' : 'Part'));
  return [...found.filter(({ code }) => isWhole || code !== 'NoAuthentication'), ...computed];
}

/** A patch may be meant for fields of other objects: that it finds none here is no mistake. */
function ignoringPatches(problems: readonly Problem[]): Problem[] {
  return problems.filter(({ code }) => code !== 'PatchFailed' && code !== 'PatchWithoutEffect');
}
