/** The command line of the simulator. */

import { parseArgs } from 'node:util';
import { faultKinds, type Settings } from './settings.ts';

export const help = `npm run simulate -- [options]: a rollout over a fleet that does not exist, with the real controller

One run: a fleet at rest gets a new content at 60 s. It prints what happens, and ends with 1 if something does not hold.
  --nodes N             machines (default 200)
  --objects N           KubeletConfigs: one for all nodes, each other one for a pool (default 1)
  --controllers N       controller processes, of which one leads (default 2)
  --seed N              the same seed gives the same run (default 1)
  --duration MINUTES    virtual time in which things go wrong (default 60)
  --max-unavailable N   a count or a percentage (default 10%)
  --max-failures N      (default 1)
  --canary N            that many nodes first (default 0: none)
  --soak SECONDS        how long they have to be available (default 300)
  --batches WORD        Doubling or Full (default Doubling)
  --fail-rate PART      part of the nodes on which the new content fails, from 0 to 1 (default 0)
  --slow-rate PART      part of the nodes whose kubelets start ten times slower (default 0.02)
  --crash-rate N        crashes and freezes of controllers per hour (default 2)
  --fault-rate N        of each of the other faults, how many per hour (default 1)
  --lost PART           part of all answers that get lost (default 0.001)
  --svg FILE            draws the rollout
  --quiet               only the summary

Many short runs with few nodes, in which a lot goes wrong:
  --schedules N         seeds from --seed on; prints those that violate, and how to replay them
  --replay              the one short run of --seed, with all that happens

  --picture             writes docs/images/rollout.svg, and does nothing else

Examples:
  npm run simulate                                          200 nodes, everything that may go wrong
  npm run simulate -- --nodes 5000 --seed 7                 some minutes
  npm run simulate -- --canary 3 --fail-rate 0.2            a content that fails on each fifth node
  npm run simulate -- --nodes 60 --objects 3 --svg run.svg  draws it
  npm run simulate -- --schedules 1000 --seed 5000          a few minutes
  npm run simulate -- --replay --seed 5017                  what happened in one of them
`;

export interface Options {
  readonly settings: Settings;
  readonly schedules: number;
  readonly isReplay: boolean;
  readonly svg: string | undefined;
  readonly isQuiet: boolean;
  readonly isPicture: boolean;
  readonly isHelp: boolean;
}

const text = { type: 'string' } as const;
const yesNo = { type: 'boolean', default: false } as const;

/** @throws for an option that it does not know, or a number that is none */
export function optionsFrom(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: text,
      objects: text,
      controllers: text,
      seed: text,
      duration: text,
      'max-unavailable': text,
      'max-failures': text,
      canary: text,
      soak: text,
      batches: text,
      'fail-rate': text,
      'slow-rate': text,
      'crash-rate': text,
      'fault-rate': text,
      lost: text,
      svg: text,
      schedules: text,
      replay: yesNo,
      picture: yesNo,
      quiet: yesNo,
      help: yesNo,
    },
  });
  const number = (name: Exclude<keyof typeof values, 'replay' | 'picture' | 'quiet' | 'help'>, usual: number): number => {
    const given = values[name];
    if (given === undefined) return usual;
    if (given.trim() === '' || !Number.isFinite(Number(given)))
      throw new Error(`--${name}: ${given} is not a number; see --help`);
    return Number(given);
  };
  const limit = values['max-unavailable'] ?? '10%';
  const canaries = number('canary', 0);
  return {
    settings: {
      seed: number('seed', 1),
      nodes: number('nodes', 200),
      objects: number('objects', 1),
      controllers: number('controllers', 2),
      minutes: number('duration', 60),
      patience: 24 * 60,
      maxUnavailable: limit.endsWith('%') ? limit : number('max-unavailable', 1),
      maxFailures: number('max-failures', 1),
      canary: canaries > 0 ? { count: canaries, soakSeconds: number('soak', 300) } : undefined,
      batches: values.batches === 'Full' ? 'Full' : 'Doubling',
      failRate: number('fail-rate', 0),
      slowRate: number('slow-rate', 0.02),
      faults: faultsOf(number('crash-rate', 2), number('fault-rate', 1)),
      lostAnswers: number('lost', 0.001),
      lateRequests: number('lost', 0.001),
    },
    schedules: number('schedules', 0),
    isReplay: values.replay,
    svg: values.svg,
    isPicture: values.picture,
    isQuiet: values.quiet,
    isHelp: values.help,
  };
}

/** What people do to the object is left out: one long run shows one rollout. */
const edits: readonly string[] = [
  'NewContent',
  'BadContent',
  'Paused',
  'Limit',
  'Held',
  'LeaseDeleted',
  'RetryAsked',
  'ObjectDeleted',
  'ApprovedByHand',
];

function faultsOf(crashes: number, others: number): Settings['faults'] {
  const kinds = faultKinds.filter((kind) => !edits.includes(kind));
  return Object.fromEntries(kinds.map((kind) => [kind, kind.startsWith('Controller') ? crashes : others]));
}
