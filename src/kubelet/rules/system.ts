/** Rules of the system below the kubelet: swap, control groups, memory, sysctls. */

import { formatRelease } from '../release.ts';
import type { KubeletInForce } from './in-force.ts';
import { type Fault, type Rule, refused, refusedIn } from './rule.ts';

function swap(kubelet: KubeletInForce): Fault[] {
  if (kubelet.machine.hasSwap !== true || !kubelet.isTrue('failSwapOn')) return [];
  const reason = 'running with swap on is not supported, and this machine swaps (/proc/swaps)';
  return [refused('failSwapOn', reason, 'switch swap off (`swapoff --all`, and /etc/fstab), or set failSwapOn: false')];
}

const sysctlPattern = /^(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*(?:[a-z0-9][-_a-z0-9]*)?[a-z0-9*]$/;
const namespacedPrefixes = ['net.', 'fs.mqueue.'];
const namespacedNames = [
  ...['kernel.sem', 'kernel.shmall', 'kernel.shmmax', 'kernel.shmmni', 'kernel.shm_rmid_forced'],
  ...['kernel.msgmax', 'kernel.msgmnb', 'kernel.msgmni'],
];
/** A pattern may end right after one of these. */
const namespacedStems = [...namespacedNames, 'kernel.shm', 'kernel.msg'];

function unsafeSysctls(kubelet: KubeletInForce): Fault[] {
  const field = 'allowedUnsafeSysctls';
  return kubelet.texts(field).flatMap((text, index) => {
    if (text.length > 253 || !sysctlPattern.test(text))
      return [
        refusedIn(
          field,
          index,
          `sysctl ${JSON.stringify(text)} must have at most 253 characters and be a name of a sysctl, or end in *`,
          'write e.g. net.core.somaxconn or net.*',
        ),
      ];
    const name = kubelet.release < 1023 ? text : text.replaceAll('/', '.');
    if (kubelet.release < 1029 && /^kernel\.(?:shm|msg)/.test(name)) return [];
    const stem = name.endsWith('*') ? name.slice(0, -1) : name;
    const known = name.endsWith('*') ? namespacedStems : namespacedNames;
    if (known.includes(stem) || namespacedPrefixes.some((prefix) => stem.startsWith(prefix))) return [];
    return [
      refusedIn(
        field,
        index,
        `the sysctls ${JSON.stringify(text)} are not known to be namespaced`,
        'set it on the node, e.g. in /etc/sysctl.d',
      ),
    ];
  });
}

const podSysctlPattern = /^(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?$/;

function podSysctls(kubelet: KubeletInForce): Fault[] {
  const field = 'defaultPodSysctls';
  const names = Object.keys(kubelet.map(field));
  if (names.length === 0) return [];
  if (!kubelet.gate('DefaultPodSysctls'))
    return [refused(field, `${field} requires feature gate DefaultPodSysctls`, 'switch the gate on, or remove the field')];
  const plain = names.map((name) => name.replaceAll('/', '.'));
  return names.flatMap((name, index) => {
    const dotted = plain[index] ?? name;
    if (name.length > 253 || !podSysctlPattern.test(name))
      return [refusedIn(field, name, `${JSON.stringify(name)} is no name of a sysctl`, 'write e.g. net.core.somaxconn')];
    const isKnown =
      /^(?:kernel\.(?:shm|msg)|net\.|fs\.mqueue\.|user\.)/.test(dotted) || ['kernel.sem', 'kernel.domainname'].includes(dotted);
    if (!isKnown)
      return [
        refusedIn(field, name, `the sysctl ${name} is not known to be namespaced`, 'set it on the node, e.g. in /etc/sysctl.d'),
      ];
    return plain.indexOf(dotted) < index ? [refusedIn(field, name, `the sysctl ${name} stands twice`, 'write it once')] : [];
  });
}

function memoryThrottling(kubelet: KubeletInForce): Fault[] {
  const field = 'memoryThrottlingFactor';
  const factor = kubelet.number(field);
  const faults: Fault[] = [];
  if (factor !== undefined && !(factor > 0 && factor <= 1))
    faults.push(refused(field, `${field} ${factor} must be greater than 0 and less than or equal to 1.0`, 'write e.g. 0.9'));
  if (kubelet.release >= 1037 && !kubelet.gate('MemoryQoS') && factor !== undefined && factor !== 0.9)
    faults.push(
      refused(
        field,
        `${field} must not be set if the feature gate MemoryQoS is off, from ${formatRelease(1037)} on`,
        'remove it, or switch the gate on',
      ),
    );
  return faults;
}

function memoryReservation(kubelet: KubeletInForce): Fault[] {
  const field = 'memoryReservationPolicy';
  if (kubelet.text(field) !== 'TieredReservation' || kubelet.gate('MemoryQoS')) return [];
  return [
    refused(
      field,
      `${field} TieredReservation requires MemoryQoS feature gate to be enabled`,
      'switch the gate on, or write None',
    ),
  ];
}

function cgroups(kubelet: KubeletInForce): Fault[] {
  if (kubelet.machine.cgroupVersion !== 1) return [];
  const faults: Fault[] = [];
  if (kubelet.isTrue('failCgroupV1'))
    faults.push(
      refused(
        'failCgroupV1',
        'kubelet is configured to not run on a host using cgroup v1, and this machine has v1',
        'set failCgroupV1: false, or boot the machine with cgroup v2',
      ),
    );
  if (kubelet.value('singleProcessOOMKill') === false)
    faults.push(refused('singleProcessOOMKill', 'singleProcessOOMKill must not be false on a host with cgroup v1', 'remove it'));
  return faults;
}

export const systemRules: readonly Rule[] = [
  { id: 'N2', check: swap },
  { id: 'R118', check: unsafeSysctls },
  { id: 'R118a', since: '1.37', check: podSysctls },
  { id: 'R68', check: memoryThrottling },
  { id: 'R70', check: memoryReservation },
  { id: 'R87', check: cgroups },
];
