/**
 * `kubelet-config upgrade-check`: what another release of the kubelet makes of the settings that are in
 * use.
 */

import { hasErrors } from '../../api/problem.ts';
import { type Release, releaseOf } from '../../kubelet/release.ts';
import { afterGrace } from '../../loop/grace.ts';
import { withoutRepeats } from '../../manifest/load/locate.ts';
import { type CommandContext, command } from '../command.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../failure.ts';
import { allowanceOf, invalid, noObjectsIn, readObjects } from '../flags/intent.ts';
import { kubeletVersionOf } from '../flags/kubelet-version.ts';
import { allowanceOptions, filesOption, kubeconfigOption, reportOption } from '../flags/options.ts';
import { printProblems, type Terminal } from '../print/terminal.ts';
import { type Checked, isRefused } from '../upgrade/checked.ts';
import { checkMachine } from '../upgrade/machine.ts';
import { checkObject } from '../upgrade/objects.ts';
import { checkPlainFiles, pathsByKind } from '../upgrade/plain-files.ts';
import { printChecked } from '../upgrade/print-checked.ts';
import { userAgent } from '../version.ts';

const { demandOption: _demanded, ...optionalFiles } = filesOption;

export const upgradeCheck = command({
  name: 'upgrade-check',
  options: {
    to: { type: 'string', requiresArg: true, describe: 'Version of the kubelet that is to be installed, such as v1.37' },
    from: {
      type: 'string',
      requiresArg: true,
      describe: 'Version of the kubelet that runs, where neither an object nor the machine says it',
    },
    file: {
      ...optionalFiles,
      describe:
        'Check these files or directories: KubeletConfig objects (- for standard input), or the files of one kubelet: its unit, environment files, KubeletConfiguration',
    },
    root: {
      type: 'string',
      completes: 'Directory',
      describe: 'Check the kubelet of this machine, or of the tree of an image (default: /)',
    },
    cluster: {
      type: 'boolean',
      default: false,
      describe: 'Check the kubelets of all nodes of a cluster, as their agents report the settings in use',
    },
    kubeconfig: kubeconfigOption,
    output: reportOption,
    ...allowanceOptions,
  },
  examples: [
    ['upgrade-check --to v1.37', 'the kubelet of this machine, whoever has set it up'],
    ['upgrade-check --to v1.37 -f configs/', 'the objects of a directory'],
    ['upgrade-check --to v1.37 -f config.yaml -f kubeadm-flags.env', 'the files of a kubelet, without anything of ours'],
    ['upgrade-check --to v1.37 --root ./image --from v1.36.2', 'the kubelet in the tree of an image, which cannot be asked'],
    ['upgrade-check --to v1.37 --cluster', 'all nodes of the cluster that kubectl talks to'],
    ['upgrade-check --to v1.37 -f configs/ -o json', 'for a program to read'],
  ],
  epilogue:
    'Only what the two releases take differently is shown; what both refuse is what validate says. Each object is checked by itself. Nothing is changed. The exit code is 3 if a kubelet would not start.',
  run: async (flags, context) => {
    const { terminal } = context;
    const to = releaseOf(targetOf(flags.to)) ?? 0;
    const from = flags.from === undefined ? undefined : kubeletVersionOf(flags.from, '--from');
    if (flags.file !== undefined && flags.root !== undefined) throw bothGiven();
    if (flags.cluster) return finish(await checkCluster(flags, from, to, context), to, true, terminal);
    if (flags.file === undefined) {
      return finish([await checkMachine(flags.root ?? '/', flags.unit, from, to)], to, true, terminal);
    }
    const allowance = allowanceOf(flags);
    const { objects, plain } = await pathsByKind(flags.file);
    const own = plain.length > 0 ? await checkPlainFiles(plain, flags.unit, from, to) : undefined;
    const loaded = await readObjects(objects, allowance, context, from);
    const found = loaded.objects.map((one) => checkObject(one, from, to, allowance));
    const invalidOnes = found.flatMap((one) => (one.kind === 'Invalid' ? one.problems : []));
    printProblems(withoutRepeats([...loaded.problems, ...invalidOnes, ...(own?.problems ?? [])]), terminal);
    if (!hasErrors(terminal.reported) && loaded.objects.length === 0 && !own) throw noObjectsIn(flags.file);
    const checked = [...(own ? [own.checked] : []), ...found.flatMap((one) => (one.kind === 'Checked' ? [one.checked] : []))];
    // What is in the files and could not be checked must not be taken for checked.
    const isWhole = !hasErrors(terminal.reported);
    const code = await finish(checked, to, isWhole, terminal);
    if (!isWhole && !terminal.format && !terminal.report) throw invalid(terminal);
    return code;
  },
});

/** @throws CommandFailure if other kubelets are named, too, or if no nodes can be read */
async function checkCluster(
  { file, root, kubeconfig }: { readonly file?: unknown; readonly root?: unknown; readonly kubeconfig?: string | undefined },
  from: string | undefined,
  to: Release,
  { environment, stop }: CommandContext,
): Promise<Checked[]> {
  if (file !== undefined || root !== undefined) {
    const reason = `--cluster and ${file === undefined ? '--root' : '-f'} are both given`;
    throw new CommandFailure(exitCodes.usage, reason, 'check the nodes of a cluster, a machine and files one after the other');
  }
  const [{ connect }, { clusterUnusable, credentialsFrom }, { checkNodes, readNodesInUse }] = await Promise.all([
    import('../../cluster/client.ts'),
    import('../flags/credentials.ts'),
    import('../upgrade/fleet.ts'),
  ]);
  const api = connect(credentialsFrom(kubeconfig, environment), { userAgent, abandon: afterGrace(stop) });
  const nodes = await readNodesInUse(api).catch(clusterUnusable);
  if (nodes.length === 0) {
    const remedy = 'check that the credentials are for the cluster that you mean';
    throw new CommandFailure(exitCodes.invalid, 'the cluster has no nodes', remedy);
  }
  return checkNodes(nodes, from, to);
}

async function finish(checked: readonly Checked[], to: number, isWhole: boolean, terminal: Terminal): Promise<ExitCode> {
  const code = isWhole && !checked.some(isRefused) ? exitCodes.ok : exitCodes.invalid;
  await printChecked(checked, to, code, terminal);
  return code;
}

/** @throws CommandFailure if it is not given, or is no version */
function targetOf(flag: string | undefined): string {
  if (flag !== undefined) return kubeletVersionOf(flag, '--to');
  throw new CommandFailure(exitCodes.usage, '--to is not given', 'name the version that is to be installed, as in --to v1.37');
}

function bothGiven(): CommandFailure {
  const reason = '-f and --root are both given';
  return new CommandFailure(exitCodes.usage, reason, 'objects are checked without --root, a machine without -f');
}
