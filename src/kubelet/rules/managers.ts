/** Rules of the managers of CPUs, memory and topology. */

import { isJsonMap } from '../../api/json.ts';
import { isWholeQuantity } from '../../go/quantity.ts';
import { parseBool, parseInteger } from '../../go/values.ts';
import { knownRelease, type Release } from '../release.ts';
import type { KubeletInForce } from './in-force.ts';
import { amountOf, reservedCpu, reservedOf } from './reservations.ts';
import { type Fault, type Rule, refused, refusedIn } from './rule.ts';

function cpuReservation(kubelet: KubeletInForce): Fault[] {
  const isManaged = kubelet.release >= 1026 || kubelet.gate('CPUManager');
  if (kubelet.text('cpuManagerPolicy') !== 'static' || !isManaged || reservedCpu(kubelet) > 0) return [];
  const reason = 'the static policy requires systemreserved.cpu + kubereserved.cpu to be greater than zero';
  return [refused('cpuManagerPolicy', reason, 'set reservedSystemCPUs, or kubeReserved.cpu or systemReserved.cpu')];
}

/** From a release on an option needs a gate; undefined once it needs none. */
type OptionHistory = readonly (readonly [since: string, gate: string | undefined])[];

const [alphaGate, betaGate] = ['CPUManagerPolicyAlphaOptions', 'CPUManagerPolicyBetaOptions'];
const cpuOptions: Readonly<Record<string, OptionHistory>> = {
  'full-pcpus-only': [
    ['1.22', undefined],
    ['1.23', betaGate],
    ['1.33', undefined],
  ],
  'distribute-cpus-across-numa': [
    ['1.23', alphaGate],
    ['1.33', betaGate],
  ],
  'align-by-socket': [['1.25', alphaGate]],
  'distribute-cpus-across-cores': [['1.31', alphaGate]],
  'strict-cpu-reservation': [
    ['1.32', alphaGate],
    ['1.33', betaGate],
    ['1.35', undefined],
  ],
  'prefer-align-cpus-by-uncorecache': [
    ['1.32', alphaGate],
    ['1.34', betaGate],
    ['1.36', undefined],
  ],
};

/** Undefined if the release does not have the option. */
function optionAt(
  options: Readonly<Record<string, OptionHistory>>,
  name: string,
  release: Release,
): { readonly gate: string | undefined } | undefined {
  const history = Object.hasOwn(options, name) ? options[name] : undefined;
  const change = history?.findLast(([since]) => knownRelease(since) <= release);
  return change && { gate: change[1] };
}

function cpuPolicyOptions(kubelet: KubeletInForce): Fault[] {
  const field = 'cpuManagerPolicyOptions';
  const given = Object.entries(kubelet.map(field));
  if (given.length === 0) return [];
  const policy = kubelet.text('cpuManagerPolicy');
  if (policy === 'none') {
    return [
      refused(
        field,
        `None policy: received unsupported options=${given.map(([name]) => name).join(', ')}`,
        'remove the options, or set cpuManagerPolicy: static',
      ),
    ];
  }
  if (!kubelet.gate('CPUManagerPolicyOptions') && kubelet.release < 1033) {
    return [
      refused(field, `${field} requires feature gate CPUManagerPolicyOptions`, 'switch the gate on, or remove the options'),
    ];
  }
  if (policy !== 'static') return [];
  const faults = given.flatMap(([name, value]) => cpuOptionFaults(name, value, kubelet));
  return [...faults, ...cpuOptionPairs(kubelet, new Set(given.filter(([, value]) => isOn(value)).map(([name]) => name)))];
}

function isOn(value: unknown): boolean {
  const parsed = parseBool(String(value));
  return parsed.ok && parsed.value;
}

function cpuOptionFaults(name: string, value: unknown, kubelet: KubeletInForce): Fault[] {
  const field = 'cpuManagerPolicyOptions';
  const option = optionAt(cpuOptions, name, kubelet.release);
  if (option === undefined) {
    const known = Object.keys(cpuOptions).filter((one) => optionAt(cpuOptions, one, kubelet.release));
    const reason = `unknown CPU Manager Policy option: ${JSON.stringify(name)}`;
    return [refusedIn(field, name, reason, `write one of ${known.join(', ')}`)];
  }
  if (option.gate !== undefined && !kubelet.gate(option.gate)) {
    const reason = `CPU Manager Policy option ${name} is not available: it requires feature gate ${option.gate}`;
    return [refusedIn(field, name, reason, `set featureGates.${option.gate}: true, or remove the option`)];
  }
  if (parseBool(String(value)).ok) return [];
  const reason = `bad value for option ${JSON.stringify(name)}: ${JSON.stringify(value)}`;
  return [refusedIn(field, name, reason, 'write "true" or "false"')];
}

const excluded: readonly (readonly [string, string])[] = [
  ['full-pcpus-only', 'distribute-cpus-across-cores'],
  ['distribute-cpus-across-cores', 'distribute-cpus-across-numa'],
  ['prefer-align-cpus-by-uncorecache', 'distribute-cpus-across-cores'],
  ['prefer-align-cpus-by-uncorecache', 'distribute-cpus-across-numa'],
];

function cpuOptionPairs(kubelet: KubeletInForce, on: ReadonlySet<string>): Fault[] {
  const field = 'cpuManagerPolicyOptions';
  const pairs = excluded.filter(([one, other]) => on.has(one) && on.has(other));
  const faults = pairs.map(([one, other]) =>
    refused(field, `static policy options ${one} and ${other} can not be used at the same time`, 'remove one of the two'),
  );
  if (!on.has('align-by-socket') || kubelet.text('topologyManagerPolicy') !== 'single-numa-node') return faults;
  const reason = 'align-by-socket is not compatible with the Topology Manager single-numa-node policy';
  return [...faults, refusedIn(field, 'align-by-socket', reason, 'choose another topologyManagerPolicy, or remove the option')];
}

const topologyPrefix = 'TopologyManagerPolicy';
const topologyOptionHistory: Readonly<Record<string, OptionHistory>> = {
  'prefer-closest-numa-nodes': [
    ['1.26', `${topologyPrefix}AlphaOptions`],
    ['1.28', `${topologyPrefix}BetaOptions`],
    ['1.32', undefined],
  ],
  'max-allowable-numa-nodes': [
    ['1.31', `${topologyPrefix}BetaOptions`],
    ['1.35', undefined],
  ],
};

function topologyOptions(kubelet: KubeletInForce): Fault[] {
  const field = 'topologyManagerPolicyOptions';
  const given = Object.entries(kubelet.map(field));
  if (given.length === 0) return [];
  if (!kubelet.gate('TopologyManagerPolicyOptions')) {
    return [
      refused(field, `${field} requires feature gate TopologyManagerPolicyOptions`, 'switch the gate on, or remove the options'),
    ];
  }
  // Until 1.27 they were looked at with every policy.
  if (kubelet.text('topologyManagerPolicy') === 'none' && kubelet.release >= 1028) return [];
  return given.flatMap(([name, value]) => topologyOptionFaults(name, String(value), kubelet));
}

function topologyOptionFaults(name: string, text: string, kubelet: KubeletInForce): Fault[] {
  const field = 'topologyManagerPolicyOptions';
  const option = optionAt(topologyOptionHistory, name, kubelet.release);
  if (option === undefined) {
    const known = Object.keys(topologyOptionHistory).filter((one) => optionAt(topologyOptionHistory, one, kubelet.release));
    return [
      refusedIn(field, name, `unknown Topology Manager Policy option: ${JSON.stringify(name)}`, `write ${known.join(' or ')}`),
    ];
  }
  if (option.gate !== undefined && !kubelet.gate(option.gate)) {
    const reason = `Topology Manager Policy option ${name} is not available: it requires feature gate ${option.gate}`;
    return [refusedIn(field, name, reason, `set featureGates.${option.gate}: true, or remove the option`)];
  }
  if (name === 'prefer-closest-numa-nodes') {
    if (parseBool(text).ok) return [];
    return [refusedIn(field, name, `bad value for option ${name}: ${JSON.stringify(text)}`, 'write "true" or "false"')];
  }
  const nodes = parseInteger(text);
  if (!nodes.ok) {
    const reason = `unable to convert policy option to integer ${JSON.stringify(name)}: ${nodes.refusal.reason}`;
    return [refusedIn(field, name, reason, 'write a whole number of 8 or more in quotes')];
  }
  if (nodes.value >= 8) return [];
  const reason = `the minimum value of ${name} should not be less than 8: ${JSON.stringify(text)}`;
  return [refusedIn(field, name, reason, 'write a whole number of 8 or more in quotes')];
}

/** Beyond eight NUMA nodes the hints of the managers are too many; since 1.31 an option raises the limit. */
function numaNodes(kubelet: KubeletInForce): Fault[] {
  const { numaNodes: nodes = [] } = kubelet.machine;
  const policy = kubelet.text('topologyManagerPolicy');
  if (policy === '' || policy === 'none' || (kubelet.release < 1027 && !kubelet.gate('TopologyManager'))) return [];
  const option = parseInteger(String(kubelet.map('topologyManagerPolicyOptions')['max-allowable-numa-nodes'] ?? ''));
  const most = kubelet.release >= 1031 && option.ok ? option.value : 8;
  if (nodes.length <= most) return [];
  const reason = `unsupported on machines with more than ${most} NUMA nodes, and this one has ${nodes.length}: topologyManagerPolicy ${policy}`;
  const raise = `set topologyManagerPolicyOptions.max-allowable-numa-nodes: "${nodes.length}"`;
  return [refused('topologyManagerPolicy', reason, kubelet.release >= 1031 ? raise : 'write none')];
}

/** Until the topology manager was stable its gate had to be on for it. */
function topologyGate(kubelet: KubeletInForce): Fault[] {
  if (kubelet.gate('TopologyManager')) return [];
  return (
    [
      ['topologyManagerPolicy', 'none'],
      ['topologyManagerScope', 'container'],
    ] as const
  ).flatMap(([field, standard]) =>
    kubelet.value(field) === undefined || [standard, ''].includes(kubelet.text(field))
      ? []
      : [
          refused(
            field,
            `${field} ${kubelet.text(field)} requires feature gate TopologyManager`,
            'switch the gate on, or remove the field',
          ),
        ],
  );
}

/** The Static policy shares out exactly what is reserved. */
function staticMemory(kubelet: KubeletInForce): Fault[] {
  if (kubelet.text('memoryManagerPolicy') !== 'Static' || (kubelet.release < 1032 && !kubelet.gate('MemoryManager'))) return [];
  const field = 'reservedMemory';
  const { numaNodes } = kubelet.machine;
  const items = kubelet.items(field);
  const missing = items.findIndex(
    (item) => typeof item['numaNode'] === 'number' && numaNodes?.includes(item['numaNode']) === false,
  );
  if (missing >= 0) {
    const reason = `it references a NUMA node ${String(items[missing]?.['numaNode'])} that does not exist on this machine`;
    return [refusedIn(field, missing, reason, `write one of ${numaNodes?.join(', ')}`)];
  }
  const amounts = items.flatMap(({ limits }, index) =>
    Object.values(isJsonMap(limits) ? limits : {}).map((value) => ({ index, text: String(value).trim() })),
  );
  const odd = amounts.find(({ text }) => !isWholeQuantity(text));
  if (odd !== undefined)
    return [refusedIn(field, odd.index, `could not convert the quantity ${odd.text} to int64`, 'write a whole number, e.g. 1Gi')];
  const shared = new Map<string, number>([['memory', 0]]);
  for (const { limits } of items)
    for (const [name, value] of Object.entries(isJsonMap(limits) ? limits : {}))
      shared.set(name, (shared.get(name) ?? 0) + (amountOf(typeof value === 'number' ? String(value) : value) ?? 0));
  return [...shared].flatMap(([name, total]) => {
    const needed = reservedOf(kubelet, name);
    if (Number.isNaN(needed) || total === needed) return [];
    const reason = `the total amount ${total} of type ${name} in reservedMemory is not equal to the value ${needed} of kubeReserved, systemReserved and the hard eviction threshold`;
    return [refused(field, reason, `share out exactly ${needed} over the NUMA nodes`)];
  });
}

export const managerRules: readonly Rule[] = [
  { id: 'R108', check: cpuReservation },
  { id: 'R109', check: cpuPolicyOptions },
  { id: 'R105', check: topologyOptions },
  { id: 'R36a', until: '1.26', check: topologyGate },
  { id: 'R106a', since: '1.18', check: numaNodes },
  { id: 'R111', check: staticMemory },
];
