/** `kubelet-config apply`: one pass over one host, with transaction, proof, and commit or undo. */

import { reportedPass } from '../../agent/host-report.ts';
import { type OpenMachine, openMachine } from '../../host/machine.ts';
import { now } from '../../loop/now.ts';
import { problemsOf } from '../../node/report/describe-outcome.ts';
import { command } from '../command.ts';
import { applyOptions, readApply } from '../flags/apply.ts';
import { allowanceOf } from '../flags/intent.ts';
import { allowanceOptions, outputOption, rootOption } from '../flags/options.ts';
import { personsRequest } from '../flags/persons-request.ts';
import { lockForChange } from '../flags/root.ts';
import { printOutcome } from '../print/print-outcome.ts';
import { progressOn } from '../print/progress.ts';

export const apply = command({
  name: 'apply',
  options: {
    ...applyOptions,
    root: rootOption,
    'no-restart': {
      type: 'boolean',
      default: false,
      describe: 'Do not restart the kubelet; it takes the change when the next apply, or a boot, restarts it',
    },
    output: outputOption,
    ...allowanceOptions,
  },
  examples: [
    ['apply -f workers.yaml --label role=worker', 'on this machine'],
    ['apply -f configs/ --labels node.yaml --root /host', 'on the machine whose root is mounted at /host'],
    ['apply --withdraw', 'this machine gets back what was there before the first apply'],
    ['apply -f configs/ --label role=worker --root ./image', 'the tree of an image: units are enabled by links'],
  ],
  epilogue:
    'The given objects count as complete: what an earlier apply wrote, and none of them asks for, goes back to what was there before. If none of them selects this node while something is applied, they are refused: a label may be missing or misspelt.\n' +
    'Exits with 3 when an object is invalid or the objects are refused, 4 when the change failed and was undone, 5 when it could not be undone, 6 when the host did not allow the change and nothing was changed.',
  run: async (flags, context) => {
    const { terminal } = context;
    const allowance = allowanceOf(flags);
    const { source, labels, node, locate } = await readApply(flags, allowance, context);
    const lock = await lockForChange(flags.root);
    let machine: OpenMachine | undefined;
    try {
      machine = await openMachine(flags.root);
      const progress = progressOn(terminal, flags.output);
      const outcome = await reportedPass(
        'apply',
        {
          ...personsRequest({ source, labels, node }, allowance, machine),
          at: now(),
          restart: !flags['no-restart'],
          stop: context.stop,
          report: progress.report,
        },
        machine,
      );
      return printOutcome(outcome, locate(problemsOf(outcome)), progress.events, terminal);
    } finally {
      machine?.close();
      await lock.release();
    }
  },
});
