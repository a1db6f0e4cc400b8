/**
 * The rooms of src/ and the arrows between them: the one table that says which folder may import which. `npm run generate` makes the lint of it
 * (biome.rooms.json), `npx tsx hack/house.ts` holds every import against it. No room stands inside another one.
 */

export interface Room {
  /** The folder below src/. */
  readonly name: string;
  /** The one sentence that a stranger needs. */
  readonly holds: string;
  /** Rooms that it may import; every room may import itself. */
  readonly mayImport: readonly string[];
  /**
   * Whether it may reach the world by itself: clock, random numbers, environment, timers, network, files, processes, logs. All other rooms get
   * such things as arguments, or through the interfaces of node/ports.
   */
  readonly reachesOutside: boolean;
}

const ground = ['go', 'systemd', 'rkt', 'text', 'loop'];
const objects = ['api', 'manifest/read', 'desired'];
const kubelets = ['kubelet', 'computed', 'render'];
const node = [
  'node/ports',
  'node/model',
  'node/decide',
  'node/proof',
  'node/transaction',
  'node/preflight',
  'node/pass',
  'node/report',
];

/** Everything of the node layer that stands below the room of this name. */
function below(name: string): readonly string[] {
  return node.slice(0, node.indexOf(name));
}

function pure(name: string, holds: string, mayImport: readonly string[]): Room {
  return { name, holds, mayImport, reachesOutside: false };
}

function outside(name: string, holds: string, mayImport: readonly string[]): Room {
  return { name, holds, mayImport, reachesOutside: true };
}

/** From the ground up: a room imports only rooms that stand before it. */
export const rooms: readonly Room[] = [
  pure('go', 'how Go reads text: booleans, integers, floats, durations, quantities, URLs, cron schedules', []),
  pure('systemd', 'quoting, the text of units, the load path, install links', []),
  pure('rkt', "rkt's command line: grammar, rules, the words of volumes and images", ['go']),
  pure('text', 'text for people, cut to a limit', []),
  outside('loop', 'clock, deadline, work queue, debounce, flapping, points in time', []),
  pure('api', 'the two resources: schema, types, validation, problems, conditions', ['go', 'systemd', 'text']),
  pure('manifest/read', 'text → objects with places, read as kubectl reads it', ['go', 'api']),
  outside('manifest/load', 'files and directories of objects and labels', ['systemd', 'loop', 'api', 'manifest/read']),
  pure('desired', 'select, merge, patch → effective spec, with the owner of every field', ['go', 'api']),
  pure('kubelet', 'what a kubelet of a version takes: flags, fields, state files, healthz; with its data', [
    'go',
    'systemd',
    'text',
    ...objects,
  ]),
  pure('computed', 'expressions of an object, with the facts of one node → values', ['text', ...objects, 'kubelet']),
  pure('render', 'effective spec and facts → revision; one folder or file per launcher', [
    'go',
    'systemd',
    'rkt',
    'text',
    ...objects,
    'kubelet',
  ]),
  pure('node/ports', 'what the node layer needs of a machine, as interfaces', ['loop', 'api', 'systemd', 'kubelet']),
  pure('node/model', 'the words of the node layer, as types: step, observed, record, verdict, action, outcome', [
    ...ground,
    ...objects,
    ...kubelets,
    ...below('node/model'),
  ]),
  pure('node/decide', 'desired and observed → the one next action', [
    ...ground,
    ...objects,
    ...kubelets,
    ...below('node/decide'),
  ]),
  pure('node/proof', 'whether the kubelet came back healthy', ['loop', 'kubelet', 'node/ports', 'node/model']),
  pure('node/transaction', 'armed, executed, committed or undone; everything that is kept on disk', [
    ...ground,
    'api',
    ...below('node/transaction'),
  ]),
  pure('node/preflight', 'all that may take long or fail without harm, before anything is asked for', [
    ...ground,
    ...objects,
    ...kubelets,
    ...below('node/preflight'),
  ]),
  pure('node/pass', 'one pass over one node: observe, decide, do the one action', [
    ...ground,
    ...objects,
    ...kubelets,
    ...below('node/pass'),
  ]),
  pure('node/report', 'what came of a pass, in words and as the status of the NodeKubelet', [
    ...ground,
    ...objects,
    ...kubelets,
    ...below('node/report'),
  ]),
  pure('importing', 'a kubelet that is there → the object that describes it, and what that object does not carry', [
    'go',
    'systemd',
    'rkt',
    'text',
    ...objects,
    ...kubelets,
    'node/ports',
  ]),
  pure('fleet', 'which nodes may change now, and the status of each object', [
    'go',
    'text',
    'loop',
    'api',
    'desired',
    ...kubelets,
  ]),
  outside('host', 'one machine: files in a root, systemd over D-Bus or offline, facts, programs, the lock', [
    'text',
    'loop',
    'systemd',
    'kubelet',
    'computed',
    'render',
    'node/ports',
    'node/model',
    'node/preflight',
  ]),
  outside('cluster', 'the API server: credentials, client, informers, events, leader election', [
    'text',
    'loop',
    'api',
    'desired',
    'node/ports',
    'node/model',
    'node/report',
    'fleet',
  ]),
  outside('metrics', 'what Prometheus can ask of agent and controller', ['loop', 'api', 'node/model', 'fleet', 'cluster']),
  outside('agent', 'the agent of one node: loop, sources, state, log', [
    ...ground,
    'api',
    'manifest/read',
    'manifest/load',
    'desired',
    ...node,
    'host',
    'cluster',
    'metrics',
  ]),
  outside('cli', 'commands, flags, what is printed', [
    ...ground,
    ...objects,
    'manifest/load',
    ...kubelets,
    ...node,
    'importing',
    'fleet',
    'host',
    'cluster',
    'metrics',
    'agent',
  ]),
];

/** @returns the room of a file, by its path below src/; undefined for one that stands in none */
export function roomOf(path: string): Room | undefined {
  return rooms.find(({ name }) => path.startsWith(`${name}/`));
}
