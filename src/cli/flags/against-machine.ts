/** Objects against the kubelet of a machine: what `apply` would refuse there, and which settings change. */

import type { NodeFlags } from '../../agent/sources/identity.ts';
import type { PathAllowance } from '../../api/paths.ts';
import type { Problem, ProblemCode } from '../../api/problem.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { selects } from '../../desired/select.ts';
import { type OpenMachine, openMachine } from '../../host/machine.ts';
import type { Comparison } from '../../kubelet/settings/compare.ts';
import type { ReconcileRequest } from '../../node/model/preview.ts';
import { objectProblems } from '../../node/pass/checks.ts';
import { previewPass } from '../../node/pass/preview.ts';
import type { CommandContext } from '../command.ts';
import { type ApplyRequest, identityOf } from './apply.ts';
import { notSelected } from './effective.ts';
import { type NodeIdentity, readNode } from './node.ts';
import { personsRequest } from './persons-request.ts';

/** What would become of the kubelet of a machine. */
export interface AgainstMachine {
  /** The objects that the node would have together. */
  readonly names: readonly string[];
  readonly problems: readonly Problem[];
  /** Whether `apply` would do something. */
  readonly differs: boolean;
  /** Absent if nothing changes, or if there is a kubelet only before or only after. */
  readonly comparison?: Comparison;
}

interface Flags extends NodeFlags {
  readonly root: string;
  /** Of the kubelet, where the machine does not say it: in an image nothing can be run. */
  readonly 'kubelet-version'?: string | undefined;
}

/**
 * Compares the objects with the machine of --root: those that select the node together if its labels are
 * given, else each by itself. Nothing is written.
 *
 * @throws CommandFailure if no object selects the node
 * @throws HostFileError and SystemdError if the machine cannot be read
 */
export async function compareWithMachine(
  flags: Flags,
  objects: readonly KubeletConfig[],
  allowance: PathAllowance,
  { terminal }: CommandContext,
): Promise<AgainstMachine[]> {
  const { root, label, labels, 'kubelet-version': version } = flags;
  const isLabelled = label.length > 0 || labels !== undefined;
  const node = await readNode(flags, terminal);
  const candidates = isLabelled ? [together(objects, node)] : objects.map((object) => alone(object, node));
  const machine = await openMachine(root);
  try {
    const compared: AgainstMachine[] = [];
    for (const candidate of candidates) compared.push(await againstMachine(candidate, allowance, machine, version));
    return compared;
  } finally {
    machine.close();
  }
}

/** Objects that a node would have together. */
interface Candidate {
  readonly names: readonly string[];
  readonly request: Pick<ApplyRequest, 'source' | 'labels' | 'node'>;
  /** Whether other objects, or labels that were not given, may bring what this one lacks. */
  readonly isAlone: boolean;
}

function together(objects: readonly KubeletConfig[], node: NodeIdentity): Candidate {
  const selecting = objects.filter(({ spec }) => selects(spec.nodeSelector, node.labels));
  if (selecting.length === 0) throw notSelected(node);
  return candidate(selecting, node, false);
}

function alone(object: KubeletConfig, node: NodeIdentity): Candidate {
  return candidate([{ ...object, spec: { ...object.spec, nodeSelector: { matchLabels: {} } } }], node, true);
}

function candidate(objects: readonly KubeletConfig[], node: NodeIdentity, isAlone: boolean): Candidate {
  const source = { kind: 'Answers', objects, withdrawnWhen: 'Never' } as const;
  return { names: objects.map(({ metadata }) => metadata.name), request: { source, ...identityOf(node) }, isAlone };
}

/** The preview of `diff`, with what a pass would refuse before it asks for approval. */
async function againstMachine(
  { names, request: asked, isAlone }: Candidate,
  allowance: PathAllowance,
  machine: OpenMachine,
  version: string | undefined,
): Promise<AgainstMachine> {
  const plain = personsRequest(asked, allowance, machine);
  const request = { ...plain, facts: assuming(version, plain.facts) };
  const preview = await previewPass(request, machine);
  const { action, desired, comparison } = preview;
  const isChange = action.kind === 'Change' || action.kind === 'Ask';
  const found = [
    ...desired.warnings,
    ...(action.kind === 'Keep' ? action.problems : []),
    ...(isChange ? await objectProblems(action, preview, machine, request) : []),
  ];
  return {
    names,
    problems: isAlone ? found.map(asAlone) : found,
    differs: action.kind === 'Keep' || (isChange && action.steps.length > 0),
    ...(comparison && { comparison }),
  };
}

/** What the machine says itself counts more. */
function assuming(version: string | undefined, facts: ReconcileRequest['facts']): ReconcileRequest['facts'] {
  if (version === undefined) return facts;
  return async (programs, asked) => {
    const found = await facts(programs, asked);
    const installed = found.installed && { ...found.installed, version: found.installed.version ?? version };
    return { kubeletVersion: version, ...found, ...(installed && { installed }) };
  };
}

/** Faults that other objects of the node, or its labels, may mend. */
const mended = ['LauncherMissing', 'ComputedFailed', 'PatchFailed', 'PatchWithoutEffect'] satisfies ProblemCode[];

function asAlone(problem: Problem): Problem {
  if (!mended.some((code) => code === problem.code)) return problem;
  const reason = `alone this object cannot be compared with the machine: ${problem.reason}`;
  const remedy = 'give all objects of the node with -f, and its labels with --label';
  return { ...problem, severity: 'notice', reason, remedy };
}
