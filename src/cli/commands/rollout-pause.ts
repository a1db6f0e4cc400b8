/** `kubelet-config rollout pause` and `resume`: set rollout.paused of an object. */

import type { KubeletConfig } from '../../api/types.ts';
import { type CommandContext, command } from '../command.ts';
import { type ExitCode, exitCodes } from '../failure.ts';
import { kubeconfigOption, outputOption } from '../flags/options.ts';
import { printAs } from '../print/terminal.ts';

const options = { kubeconfig: kubeconfigOption, output: outputOption } as const;
const positional = { name: 'name', describe: 'Name of the KubeletConfig', isObject: true } as const;

export const rolloutPause = command({
  name: 'rollout pause',
  positional,
  options,
  examples: [['rollout pause workers', 'change no further node to it']],
  epilogue:
    'It sets rollout.paused of the object to true. Nodes that change already finish; a node that fails is still undone. No other object changes these nodes either, until it is resumed.',
  run: (flags: Flags, context) => setPaused(true, flags, context),
});

export const rolloutResume = command({
  name: 'rollout resume',
  positional,
  options,
  examples: [['rollout resume workers', 'let its nodes change again']],
  epilogue: 'It sets rollout.paused of the object to false. A rollout that has stalled needs rollout retry, or a correction.',
  run: (flags: Flags, context) => setPaused(false, flags, context),
});

interface Flags {
  readonly name?: string | undefined;
  readonly kubeconfig: string | undefined;
}

async function setPaused(paused: boolean, { name, kubeconfig }: Flags, context: CommandContext): Promise<ExitCode> {
  const [{ connectTo, objectNamed, onlyName, readObjects }, { edit }, { gitopsNote }] = await Promise.all([
    import('../rollout/cluster.ts'),
    import('../rollout/edit.ts'),
    import('../rollout/gitops.ts'),
  ]);
  const wanted = onlyName(name, paused ? 'rollout pause' : 'rollout resume');
  const api = connectTo(kubeconfig, context);
  const { object, changed } = await edit(api, async () => {
    const found = objectNamed(wanted, await readObjects(api));
    const isSame = (found.spec.rollout?.paused ?? false) === paused;
    const patch = isSame ? undefined : { spec: { rollout: { paused } } };
    return { object: found, patch, result: { object: found, changed: !isSame } };
  });
  const { terminal } = context;
  if (terminal.format) printAs(terminal.format, { object: wanted, paused, changed }, terminal);
  else {
    terminal.out(describe(object, paused, changed));
    if (changed) terminal.err(gitopsNote(object, `spec.rollout.paused: ${paused}`));
  }
  return exitCodes.ok;
}

function describe({ metadata: { name }, status }: KubeletConfig, paused: boolean, changed: boolean): string {
  if (!changed) return paused ? `${name} is paused already` : `${name} is not paused`;
  const { updating = 0, waiting = 0 } = status?.nodes ?? {};
  if (!paused) return `${name} goes on: ${waiting} of its nodes wait; kubelet-config rollout status ${name} shows them`;
  return `${name} is paused: ${waiting} of its nodes wait, and ${updating} that change already finish`;
}
