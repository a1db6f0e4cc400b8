/** `kubelet-config apply`: one pass over one host: transaction, proof, commit or undo. */

import { acquireLock } from '../../host/lock.ts';
import { type OpenMachine, openMachine } from '../../host/machine.ts';
import { now } from '../../loop/now.ts';
import type { TransactionEvent } from '../../node/model/event.ts';
import { selfApproved } from '../../node/model/permission.ts';
import { reconcile } from '../../node/pass/reconcile.ts';
import { describeEvent, problemsOf } from '../../node/report/describe-outcome.ts';
import { command } from '../command.ts';
import { allowanceOf, readIntent } from '../flags/intent.ts';
import { readNode } from '../flags/node.ts';
import { allowanceOptions, filesOption, nodeOptions, outputOption, rootOption } from '../flags/options.ts';
import { printOutcome } from '../print/print-outcome.ts';

export const apply = command({
  name: 'apply',
  summary: 'Bring a host to what the objects say, once, and go back if the kubelet does not come up',
  options: {
    file: filesOption,
    root: rootOption,
    ...nodeOptions,
    'no-restart': {
      type: 'boolean',
      default: false,
      describe: 'Leave the kubelet running as it is; the next apply or boot starts the new one',
    },
    output: outputOption,
    ...allowanceOptions,
  },
  examples: [
    ['apply -f workers.yaml --label role=worker', 'on this machine'],
    ['apply -f configs/ --labels node.yaml --root /host', 'on the machine whose root is mounted at /host'],
    ['apply -f configs/ --label role=worker --root ./image', 'into the tree of an image: units are enabled by links'],
  ],
  epilogue:
    'The objects given are all there are: what an earlier apply wrote and none of them wants any more goes back to what was there before.\n' +
    'Exits with 3 when an object is invalid, 4 when the change failed and was undone, 5 when it could not be undone, 6 when the host refused before anything was changed.',
  run: async (flags, context) => {
    const { terminal } = context;
    const allowance = allowanceOf(flags);
    const intent = await readIntent(flags.file, allowance, context);
    const { labels } = await readNode(flags, terminal);
    const lock = await acquireLock(flags.root);
    let machine: OpenMachine | undefined;
    try {
      machine = await openMachine(flags.root);
      const events: TransactionEvent[] = [];
      const outcome = await reconcile(
        {
          source: { kind: 'Answers', objects: intent.objects.map(({ object }) => object) },
          labels,
          allowance,
          facts: machine.facts,
          at: now(),
          restart: !flags['no-restart'],
          authority: selfApproved,
          retry: true,
          stop: context.stop,
          report: (event) => {
            events.push(event);
            if (!flags.output) for (const line of describeEvent(event)) terminal.err(line);
          },
        },
        machine,
      );
      return printOutcome(outcome, intent.locate(problemsOf(outcome)), events, flags.output, terminal);
    } finally {
      machine?.close();
      await lock.release();
    }
  },
});
