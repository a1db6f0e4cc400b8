/** Options that several commands take, with one wording. */

import { reportFormats } from '../print/reported.ts';
import { formats } from '../print/terminal.ts';
import type { CommandOption } from './command-option.ts';

/**
 * Stands for `-` while words are parsed: the parser takes a lone `-` for an option. No file can have this
 * name.
 */
export const standardInput = '\0standard input';

export const filesOption = {
  alias: 'f',
  type: 'string',
  array: true,
  demandOption: true,
  requiresArg: true,
  coerce: (paths: string[]) => paths.map((path) => (path === standardInput ? '-' : path)),
  completes: 'File',
  describe: 'Files, directories or quoted patterns with KubeletConfig objects, also with commas between; - for standard input',
} as const satisfies CommandOption;

export const nodeOptions = {
  node: { type: 'string', describe: "Name of the node (default: the machine's host name)" },
  label: {
    alias: 'l',
    type: 'string',
    array: true,
    default: [] as string[],
    describe: 'Label of the node, as key=value; may be repeated',
  },
  labels: { type: 'string', completes: 'File', describe: 'File with the labels of the node: a map or a Node object' },
} as const satisfies Record<string, CommandOption>;

export const factsOption = {
  type: 'string',
  completes: 'File',
  describe:
    'File with facts about the node: node, machine and environmentFiles for computed; osRelease, rktVersion, podmanVersion, kubeletVersion, systemdVersion',
} as const satisfies CommandOption;

export const rootOption = {
  type: 'string',
  default: '/',
  completes: 'Directory',
  describe: "The host's root directory: /, a mount of it, or the tree of an image",
} as const satisfies CommandOption;

export const allowanceOptions = {
  unit: { type: 'string', default: 'kubelet.service', describe: 'The one unit that objects may configure' },
  'allow-path': {
    type: 'string',
    array: true,
    default: [] as string[],
    completes: 'File',
    describe: 'A file or directory that objects may write in addition; may be repeated',
  },
  'environment-file': {
    type: 'string',
    array: true,
    default: [] as string[],
    completes: 'File',
    describe: 'A file of the host whose variables the expressions in computed may read in addition; may be repeated',
  },
} as const satisfies Record<string, CommandOption>;

export const outputOption = {
  alias: 'o',
  choices: formats,
  describe: 'Print the result in this format instead of text',
} as const satisfies CommandOption;

/** Of a command whose result is problems. */
export const reportOption = {
  alias: 'o',
  choices: [...formats, ...reportFormats],
  describe: 'Print the result in this format instead of text; github: annotations of a workflow; sarif: SARIF 2.1.0',
} as const satisfies CommandOption;

export const logLevelOption = {
  choices: ['debug', 'info', 'warn', 'error'] as const,
  default: 'info' as const,
  describe: 'The least severe lines of the log; debug has every step of a change, and each second of its proof',
} as const satisfies CommandOption;

export const metricsOption = {
  type: 'string',
  describe: 'Serve /metrics and /healthz at this HOST:PORT (default: not at all)',
} as const satisfies CommandOption;

/** For commands that talk to an API server. */
export const kubeconfigOption = {
  type: 'string',
  completes: 'File',
  describe: "The credentials to use (default: the pod's, then kubectl's)",
} as const satisfies CommandOption;
