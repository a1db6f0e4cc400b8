/** Rules of what is kept free for the system: reservations, thresholds, CPUs and memory. */

import { isJsonMap, type Json, type JsonMap } from '../../api/json.ts';
import { parseQuantity } from '../../go/quantity.ts';
import { floatOf, nanosecondsOf } from '../../go/values.ts';
import type { KubeletInForce } from './in-force.ts';
import { type Fault, odd, type Rule, refused, refusedIn } from './rule.ts';

const compressible = ['system-reserved-compressible', 'kube-reserved-compressible'];
const allEnforcements = [
  'pods',
  'system-reserved',
  'system-reserved-compressible',
  'kube-reserved',
  'kube-reserved-compressible',
  'none',
];

function enforcement(kubelet: KubeletInForce): Fault[] {
  const field = 'enforceNodeAllocatable';
  const values = kubelet.texts(field);
  const enforcements = allEnforcements.filter((one) => kubelet.release >= 1032 || !compressible.includes(one));
  const has = (name: string) => values.includes(name);
  const faults: Fault[] = values.flatMap((value, index) => {
    if (!enforcements.includes(value))
      return [refusedIn(field, index, `invalid enforcement ${JSON.stringify(value)}`, `write ${enforcements.join(', ')}`)];
    return kubelet.release >= 1031 && values.indexOf(value) < index
      ? [refusedIn(field, index, `duplicated enforcements ${JSON.stringify(value)}`, 'write it once')]
      : [];
  });
  for (const kind of ['system', 'kube'] as const) faults.push(...enforcedGroup(kind, values, kubelet));
  if (has('none') && values.length > 1)
    faults.push(refused(field, 'none cannot stand beside other enforcements', 'remove none, or the others'));
  // Until 1.30 none was refused, too.
  const needsGroups = values.some((value) => enforcements.includes(value) && (value !== 'none' || kubelet.release < 1031));
  if (needsGroups && kubelet.value('cgroupsPerQOS') === false)
    faults.push(
      refused(
        'cgroupsPerQOS',
        `cgroupsPerQOS must be true when ${values.join(', ')} is enforced`,
        `set cgroupsPerQOS: true, or enforceNodeAllocatable: ${kubelet.release < 1031 ? '[]' : '[none]'}`,
      ),
    );
  return faults;
}

function enforcedGroup(kind: 'system' | 'kube', values: readonly string[], kubelet: KubeletInForce): Fault[] {
  const [field, group] = ['enforceNodeAllocatable', `${kind}ReservedCgroup`];
  const [isWhole, isCompressible] = [`${kind}-reserved`, `${kind}-reserved-compressible`].map((name) => values.includes(name));
  const both = `${kind}-reserved and ${kind}-reserved-compressible cannot be specified together`;
  const without = `${group} must be specified when ${kind}-reserved is in enforceNodeAllocatable`;
  return [
    ...(isWhole && isCompressible ? [refused(field, both, 'remove one of the two')] : []),
    ...((isWhole || isCompressible) && kubelet.text(group) === '' ? [refused(field, without, `set ${group}`)] : []),
  ];
}

function reservedGroups(kubelet: KubeletInForce): Fault[] {
  const faults: Fault[] = [];
  if (kubelet.text('systemCgroups') !== '' && kubelet.text('cgroupRoot') === '')
    faults.push(refused('systemCgroups', 'systemCgroups requires cgroupRoot', 'set cgroupRoot: /, or remove systemCgroups'));
  const groups = ['systemReservedCgroup', 'kubeReservedCgroup'].filter((field) => kubelet.text(field) !== '');
  if (kubelet.text('reservedSystemCPUs') !== '' && groups.length > 0)
    faults.push(
      refused(
        'reservedSystemCPUs',
        `reservedSystemCPUs cannot be set together with ${groups.join(' and ')}`,
        'remove one of them',
      ),
    );
  return faults;
}

function reservedCpus(kubelet: KubeletInForce): Fault[] {
  const field = 'reservedSystemCPUs';
  const text = kubelet.text(field);
  if (text === '') return [];
  const cpus = cpusIn(text);
  if (cpus === undefined)
    return [refused(field, `unable to parse reservedSystemCPUs ${JSON.stringify(text)} as a list of CPUs`, 'write e.g. 0-3,7')];
  const { onlineCpus } = kubelet.machine;
  const missing = [...cpus].filter((cpu) => onlineCpus?.includes(cpu) === false);
  if (missing.length === 0) return [];
  const reason = `reserved-cpus: reservedSystemCPUs ${text} is not a subset of online-cpus: this machine has no CPU ${missing.slice(0, 5).join(', ')}`;
  return [refused(field, reason, 'name CPUs that the machine has')];
}

/** The CPUs that a list like `0-3,7` names; undefined for a text that is none. */
function cpusIn(text: string): ReadonlySet<number> | undefined {
  const cpus = new Set<number>();
  for (const part of text.split(',')) {
    const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (first === '' || Number(first) > Number(last)) return undefined;
    for (let cpu = Number(first); cpu <= Number(last); cpu += 1) cpus.add(cpu);
  }
  return cpus;
}

const resources = ['cpu', 'memory', 'ephemeral-storage', 'pid'];

function reservedResources(kubelet: KubeletInForce): Fault[] {
  return kubelet.each(['kubeReserved', 'systemReserved'], (field) =>
    Object.entries(kubelet.map(field)).flatMap(([name, value]): Fault[] => {
      if (!resources.includes(name))
        return [
          refusedIn(field, name, `cannot reserve ${JSON.stringify(name)} resource`, `write one of ${resources.join(', ')}`),
        ];
      const amount = quantityOf(value);
      if (amount === undefined)
        return [refusedIn(field, name, `${show(value)} does not match how quantities are written`, 'write e.g. 500m or 1Gi')];
      if (amount < 0)
        return [
          refusedIn(
            field,
            name,
            `resource quantity for ${JSON.stringify(name)} cannot be negative: ${show(value)}`,
            'write 0 or more',
          ),
        ];
      return name === 'memory' ? smallMemory(field, name, value, amount) : [];
    }),
  );
}

/** Nobody reserves half a kilobyte: the unit was forgotten. */
function smallMemory(field: string, key: string, value: Json, amount: number): Fault[] {
  if (amount === 0 || amount >= 1024) return [];
  return [odd(field, `${show(value)} is ${amount} bytes of memory`, `write ${Math.ceil(amount)}Mi if you mean mebibytes`, key)];
}

function show(value: Json): string {
  return JSON.stringify(value);
}

function quantityOf(value: Json | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  const parsed = parseQuantity(value);
  return parsed.ok ? parsed.value : undefined;
}

function reservedForQos(kubelet: KubeletInForce): Fault[] {
  const field = 'qosReserved';
  return Object.entries(kubelet.map(field)).flatMap(([name, value]): Fault[] => {
    if (name !== 'memory') return [refusedIn(field, name, `cannot reserve ${JSON.stringify(name)} resource`, 'write memory')];
    const [, digits] = /^[+]?(\d+)%$/.exec(String(value)) ?? [];
    if (digits === undefined || Number(digits) > 100)
      return [refusedIn(field, name, `failed to parse percentage ${show(value)}`, 'write e.g. 50%')];
    if (kubelet.gate('QOSReserved')) return [];
    const reason = 'qosReserved has no effect without the feature gate QOSReserved';
    return [odd(field, reason, 'remove it, or switch the gate on', name)];
  });
}

const signals = [
  ...['memory.available', 'nodefs.available', 'nodefs.inodesFree', 'imagefs.available', 'imagefs.inodesFree'],
  ...['allocatableMemory.available', 'pid.available', 'containerfs.available', 'containerfs.inodesFree'],
];

function evictionSignals(kubelet: KubeletInForce): Fault[] {
  return kubelet.each(['evictionHard', 'evictionSoft', 'evictionSoftGracePeriod', 'evictionMinimumReclaim'], (field) =>
    Object.keys(kubelet.map(field)).flatMap((name) => {
      const isKnown = kubelet.release >= 1029 || !name.startsWith('containerfs.');
      if (isKnown && signals.includes(name)) return [];
      const near = signals.find((one) => one.toLowerCase() === name.toLowerCase());
      return [
        refusedIn(
          field,
          name,
          `unsupported eviction signal ${name}`,
          near === undefined ? `write one of ${signals.join(', ')}` : `write ${near}`,
        ),
      ];
    }),
  );
}

function evictionThresholds(kubelet: KubeletInForce): Fault[] {
  return kubelet.each(['evictionHard', 'evictionSoft'], (field) =>
    Object.entries(kubelet.map(field)).flatMap(([name, value]) =>
      thresholdFaults(field, name, value, kubelet.release < 1021 ? 10_000 : 100),
    ),
  );
}

/** @param most percent: until 1.20 a kubelet took a hundred times as much */
function thresholdFaults(field: string, name: string, value: Json, most: number): Fault[] {
  const text = String(value);
  if (text.endsWith('%')) {
    const percent = percentOf(text);
    if (percent === undefined)
      return [
        refusedIn(
          field,
          name,
          `${show(value)} is no percentage: strconv.ParseFloat: parsing ${show(text.slice(0, -1))}: invalid syntax`,
          'write e.g. 10%',
        ),
      ];
    // NaN passes.
    return !(percent < 0 || percent > most)
      ? []
      : [refusedIn(field, name, `eviction percentage threshold ${name} must be between 0% and 100%: ${text}`, 'write e.g. 10%')];
  }
  const amount = quantityOf(value);
  if (amount === undefined)
    return [refusedIn(field, name, `${show(value)} does not match how quantities are written`, 'write e.g. 100Mi or 10%')];
  if (amount <= 0)
    return [refusedIn(field, name, `eviction threshold ${name} must be positive: ${text}`, 'write e.g. 100Mi or 10%')];
  if (/inodesFree$|^pid/.test(name) || amount >= 1024) return [];
  return [
    odd(
      field,
      `${show(value)} is ${amount} bytes`,
      `write ${Math.ceil(amount)}Mi if you mean mebibytes, or ${Math.ceil(amount)}% for a share`,
      name,
    ),
  ];
}

function percentOf(text: string): number | undefined {
  return floatOf(text.slice(0, -1));
}

function softEviction(kubelet: KubeletInForce): Fault[] {
  const [soft, grace, reclaim] = [
    kubelet.map('evictionSoft'),
    kubelet.map('evictionSoftGracePeriod'),
    kubelet.map('evictionMinimumReclaim'),
  ];
  const isOff = (value: Json) => ['0%', '100%'].includes(String(value));
  const without = Object.entries(soft).filter(([name, value]) => !Object.hasOwn(grace, name) && !isOff(value));
  return [
    ...without.map(([name]) =>
      refusedIn(
        'evictionSoft',
        name,
        `grace period must be specified for the soft eviction threshold ${name}`,
        `set evictionSoftGracePeriod: {${name}: 1m30s}`,
      ),
    ),
    ...Object.entries(grace).flatMap(([name, value]): Fault[] => graceFaults(name, value, soft)),
    ...Object.entries(reclaim).flatMap(([name, value]): Fault[] => reclaimFaults(name, value)),
  ];
}

function graceFaults(name: string, value: Json, soft: JsonMap): Fault[] {
  const field = 'evictionSoftGracePeriod';
  const time = nanosecondsOf(String(value));
  if (time === undefined) return [refusedIn(field, name, `${show(value)} is no duration`, 'write e.g. 1m30s')];
  if (time < 0)
    return [refusedIn(field, name, `invalid eviction grace period ${show(value)}, must be a positive value`, 'write e.g. 1m30s')];
  const reason = `there is no soft threshold ${name} for this grace period`;
  return Object.hasOwn(soft, name) ? [] : [odd(field, reason, `set evictionSoft: {${name}: …}, or remove it`, name)];
}

function reclaimFaults(name: string, value: Json): Fault[] {
  const field = 'evictionMinimumReclaim';
  const text = String(value);
  if (text.endsWith('%')) {
    const percent = percentOf(text);
    if (percent === undefined || percent <= 0)
      return [refusedIn(field, name, `eviction percentage minimum reclaim ${name} must be positive: ${text}`, 'write e.g. 5%')];
    return percent > 100 ? [odd(field, `${text} is more than all`, 'write 100% or less', name)] : [];
  }
  const amount = quantityOf(value);
  if (amount === undefined)
    return [refusedIn(field, name, `${show(value)} does not match how quantities are written`, 'write e.g. 500Mi or 5%')];
  return amount < 0 ? [refusedIn(field, name, `negative eviction minimum reclaim specified for ${name}`, 'write 0 or more')] : [];
}

function reservedMemory(kubelet: KubeletInForce): Fault[] {
  const field = 'reservedMemory';
  const seen = new Set<string>();
  return kubelet.items(field).flatMap((item, index) => {
    const limits = isJsonMap(item['limits']) ? item['limits'] : {};
    return Object.entries(limits).flatMap(([name, value]): Fault[] => {
      const key = `${String(item['numaNode'] ?? 0)} ${name}`;
      const isTwice = seen.has(key);
      seen.add(key);
      if (name !== 'memory' && !/^hugepages-/.test(name))
        return [
          refusedIn(
            field,
            index,
            `the limit type ${name} is not supported, only memory and hugepages-<size> are accepted`,
            'write memory or hugepages-2Mi',
          ),
        ];
      if (isTwice)
        return [
          refusedIn(
            field,
            index,
            `duplicate value for NUMA node ${String(item['numaNode'] ?? 0)} and resource ${name}`,
            'write it once',
          ),
        ];
      const amount = value === null ? 0 : quantityOf(String(value).trim());
      return amount === 0
        ? [refusedIn(field, index, `reserved memory may not be zero: the limit value of ${name}`, 'write more, or remove it')]
        : [];
    });
  });
}

/** What is kept free of a resource: reservations, and the hard threshold of memory. */
function kept(kubelet: KubeletInForce, name: string): number {
  const of = (field: string) => quantityOf(kubelet.map(field)[name]) ?? 0;
  const threshold = name === 'memory' ? hardThreshold(kubelet) : 0;
  const cpus = name === 'cpu' ? cpusIn(kubelet.text('reservedSystemCPUs'))?.size : undefined;
  return cpus ?? exact(of('kubeReserved') + of('systemReserved') + threshold);
}

/** A quantity has nine digits behind its point, and sums of such numbers have more here. */
function exact(sum: number): number {
  return Number.isSafeInteger(Math.round(sum * 1e9)) ? Math.round(sum * 1e9) / 1e9 : sum;
}

function hardThreshold(kubelet: KubeletInForce): number {
  const text = String(kubelet.map('evictionHard')['memory.available'] ?? '0');
  if (!text.endsWith('%')) return quantityOf(text) ?? 0;
  // These two switch a threshold off.
  if (['0%', '100%'].includes(text)) return 0;
  const capacity = kubelet.machine.capacity?.memory;
  return capacity === undefined ? Number.NaN : (capacity * (percentOf(text) ?? 0)) / 100;
}

function capacity(kubelet: KubeletInForce): Fault[] {
  return (['cpu', 'memory'] as const).flatMap((name) => {
    const has = kubelet.machine.capacity?.[name];
    const needs = kept(kubelet, name);
    if (has === undefined || !(needs > has)) return [];
    const field = ['kubeReserved', 'systemReserved', 'evictionHard'].find((one) => kubelet.isGiven(one)) ?? 'kubeReserved';
    const unit = name === 'memory' ? 'bytes' : 'CPUs';
    const reason = `the reservations of ${name} are ${needs} ${unit}, and this machine has ${has}`;
    return [refused(field, reason, 'reserve less')];
  });
}

export const reservationRules: readonly Rule[] = [
  { id: 'R48', check: enforcement },
  { id: 'R4', check: reservedGroups },
  { id: 'R62', check: reservedCpus },
  { id: 'R98', check: reservedResources },
  { id: 'R99', check: reservedForQos },
  { id: 'R100', check: evictionSignals },
  { id: 'R101', check: evictionThresholds },
  { id: 'R102', check: softEviction },
  { id: 'R63', check: reservedMemory },
  { id: 'R112', check: capacity },
];

/** The reservation of CPUs, for the static policy. */
export function reservedCpu(kubelet: KubeletInForce): number {
  return kept(kubelet, 'cpu');
}

/** What is kept of memory or of pages of a size, for the Static policy; NaN if only the machine knows it. */
export function reservedOf(kubelet: KubeletInForce, name: string): number {
  return kept(kubelet, name);
}

/** An amount as the kubelet reads it; undefined for a text that is none. */
export function amountOf(value: Json | undefined): number | undefined {
  return quantityOf(value);
}
