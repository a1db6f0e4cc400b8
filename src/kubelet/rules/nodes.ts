/** Rules of the node that a kubelet registers, of its shutdown, and of sysctls. */

import { isJsonMap, type JsonMap } from '../../api/json.ts';
import { isIpAddress } from '../../go/text.ts';
import { formatRelease } from '../release.ts';
import type { KubeletInForce } from './in-force.ts';
import { type Fault, odd, type Rule, refused, refusedFlag, refusedIn } from './rule.ts';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function taints(kubelet: KubeletInForce): Fault[] {
  const field = 'registerWithTaints';
  return kubelet.items(field).flatMap((taint, index): Fault[] => {
    const { key = '', value = '', effect = '', timeAdded } = taint;
    const said = `${String(key)}=${String(value)}:${String(effect)}`;
    if (!isQualifiedName(String(key)))
      return [
        refusedIn(
          field,
          index,
          `invalid taint ${said}: ${JSON.stringify(key)} is no qualified name`,
          'write e.g. example.org/dedicated',
        ),
      ];
    if (value !== '' && !isLabelValue(String(value)))
      return [
        refusedIn(
          field,
          index,
          `invalid taint ${said}: ${JSON.stringify(value)} is no label value`,
          'write letters, digits, -, _ and .',
        ),
      ];
    if (effect !== '' && !effects.includes(String(effect)))
      return [refusedIn(field, index, `invalid taint ${said}: unsupported taint effect`, `write one of ${effects.join(', ')}`)];
    return timeAdded === undefined || timeAdded === null
      ? []
      : [refusedIn(field, index, 'taint.TimeAdded is not nil', 'remove timeAdded')];
  });
}

/** `name` or `prefix/name`, as the key of a label. */
export function isQualifiedName(text: string): boolean {
  const parts = text.split('/');
  const name = parts.at(-1) ?? '';
  const [prefix] = parts.length > 1 ? parts : [undefined];
  if (parts.length > 2 || !/^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(name) || name.length > 63) return false;
  return (
    prefix === undefined ||
    (prefix.length <= 253 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(prefix))
  );
}

/** Whether a text may be the value of a label. */
export function isLabelValue(text: string): boolean {
  return text === '' || (text.length <= 63 && /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(text));
}

const allowedLabels = [
  ...['beta.kubernetes.io/arch', 'beta.kubernetes.io/instance-type', 'beta.kubernetes.io/os', 'kubernetes.io/arch'],
  ...[
    'failure-domain.beta.kubernetes.io/region',
    'failure-domain.beta.kubernetes.io/zone',
    'kubernetes.io/hostname',
    'kubernetes.io/os',
  ],
  ...['node.kubernetes.io/instance-type', 'topology.kubernetes.io/region', 'topology.kubernetes.io/zone'],
];
const allowedNamespaces = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

function isWithin(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`);
}

/** Before 1.25 a kubelet starts with such a label, and the API server refuses its Node. */
function wrongLabel(key: string, value: string, { release }: KubeletInForce): Fault | undefined {
  const faultOf = (reason: string, remedy: string): Fault => {
    if (release >= 1025) return refusedFlag('node-labels', reason, remedy);
    const later = `${reason}: the kubelet starts, and the API server refuses its Node`;
    return { kind: 'Broken', place: { flag: 'node-labels' }, reason: later, remedy };
  };
  // A text that nothing expands is told as that.
  if (release < 1025 && `${key}${value}`.includes('$')) return undefined;
  if (!isQualifiedName(key)) return faultOf(`${JSON.stringify(key)} is no name of a label`, 'write e.g. example.org/pool=gpu');
  if (isLabelValue(value)) return undefined;
  return faultOf(`${JSON.stringify(value)} is no value of a label`, 'write up to 63 letters, digits, -, _ and .');
}

function labels(kubelet: KubeletInForce): Fault[] {
  return kubelet
    .flagTexts('node-labels')
    .flatMap((text) => text.split(','))
    .filter((pair) => pair !== '')
    .flatMap((pair) => {
      const at = pair.indexOf('=');
      const [key, value] = at < 0 ? [pair.trim(), ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
      const wrong = wrongLabel(key, value, kubelet);
      if (wrong) return [wrong];
      if (at < 0)
        return [
          {
            kind: 'Odd' as const,
            place: { flag: 'node-labels' },
            reason: `${key} gets an empty value`,
            remedy: `write ${key}=true, or ${key}= if that is meant`,
          },
        ];
      const namespace = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
      const isReserved = isWithin(namespace, 'kubernetes.io') || isWithin(namespace, 'k8s.io');
      if (!isReserved || allowedLabels.includes(key) || allowedNamespaces.some((one) => isWithin(namespace, one))) return [];
      return [
        refusedFlag(
          'node-labels',
          `unknown 'kubernetes.io' or 'k8s.io' labels specified: ${key}`,
          `set it with kubectl label node, or choose another prefix; a kubelet may set ${allowedLabels.join(', ')} and labels below ${allowedNamespaces.join(' and ')}`,
        ),
      ];
    });
}

/** Of an IPv4 network all addresses but two can be those of pods. */
function podAddresses(kubelet: KubeletInForce): Fault[] {
  const field = 'podCIDR';
  const given = kubelet.text(field);
  if (given === '') return [];
  const hasClient = ['kubeconfig', 'bootstrap-kubeconfig'].some((name) => (kubelet.flag(name) ?? '') !== '');
  const alone = hasClient
    ? [
        odd(
          field,
          `${field} is used only by a kubelet without a kubeconfig: the controller manager gives this node its own`,
          'remove it',
        ),
      ]
    : [];
  const [, bits] = /^[\d.]{7,15}\/(\d{1,2})$/.exec(given.split(',').find((part) => part.includes('.')) ?? '') ?? [];
  const most = bits === undefined ? undefined : 2 ** (32 - Number(bits)) - 2;
  const pods = kubelet.number('maxPods') ?? 0;
  if (most === undefined || pods <= most || !kubelet.isGiven('maxPods')) return alone;
  const reason = `maxPods ${pods} does not fit ${field} ${given}, which has addresses for ${Math.max(most, 0)} pods`;
  return [odd('maxPods', reason, 'write a smaller maxPods, or a larger network'), ...alone];
}

const second = 1_000_000_000;

function shutdown(kubelet: KubeletInForce): Fault[] {
  const [whole, critical] = ['shutdownGracePeriod', 'shutdownGracePeriodCriticalPods'] as const;
  const times = { whole: kubelet.nanoseconds(whole) ?? 0, critical: kubelet.nanoseconds(critical) ?? 0 };
  if (!kubelet.gate('GracefulNodeShutdown')) {
    const given = [...(times.whole > 0 ? [whole] : []), ...(times.critical > 0 ? [critical] : [])];
    return given.map((field) =>
      refused(field, `${field} requires feature gate GracefulNodeShutdown`, 'switch the gate on, or remove the field'),
    );
  }
  const faults: Fault[] = [];
  if (times.critical > times.whole)
    faults.push(
      refused(
        critical,
        `${critical} ${kubelet.text(critical)} must be <= ${whole} ${kubelet.text(whole) || '0s'}`,
        `write a longer ${whole}`,
      ),
    );
  for (const [field, time] of [
    [whole, times.whole],
    [critical, times.critical],
  ] as const)
    if (time < 0 || (time > 0 && time < second))
      faults.push(refused(field, `${field} ${kubelet.text(field)} must be either zero or otherwise >= 1 sec`, 'write e.g. 30s'));
  return faults;
}

function shutdownByPriority(kubelet: KubeletInForce): Fault[] {
  const field = 'shutdownGracePeriodByPodPriority';
  const list = kubelet.items(field);
  if (list.length === 0) return [];
  if (!kubelet.gate('GracefulNodeShutdownBasedOnPodPriority'))
    return [
      refused(
        field,
        `${field} requires feature gate GracefulNodeShutdownBasedOnPodPriority`,
        'switch the gate on, or remove the field',
      ),
    ];
  const others = ['shutdownGracePeriod', 'shutdownGracePeriodCriticalPods'].filter((one) => (kubelet.nanoseconds(one) ?? 0) > 0);
  const faults: Fault[] = others.map((one) =>
    refused(one, `cannot specify both ${field} and ${one} at the same time`, 'remove one of the two'),
  );
  list.forEach(({ priority, shutdownGracePeriodSeconds: seconds }, index) => {
    if (typeof seconds === 'number' && seconds < 0)
      faults.push(odd(field, `a grace period of ${seconds} seconds is negative`, 'write 0 or more', index));
    if (list.findIndex((one) => one['priority'] === priority) < index)
      faults.push(odd(field, `the priority ${String(priority)} stands twice`, 'write it once', index));
  });
  return faults;
}

/** How long all pods together may take to end, in nanoseconds. */
function wholeGracePeriod(kubelet: KubeletInForce): { readonly field: string; readonly time: number } {
  const field = 'shutdownGracePeriodByPodPriority';
  const seconds = kubelet.items(field).map(({ shutdownGracePeriodSeconds }) => Number(shutdownGracePeriodSeconds ?? 0));
  if (seconds.length > 0) return { field, time: seconds.reduce((sum, one) => sum + one, 0) * second };
  return { field: 'shutdownGracePeriod', time: kubelet.nanoseconds('shutdownGracePeriod') ?? 0 };
}

/**
 * The kubelet raises InhibitDelayMaxSec in its own drop-in of systemd-logind. Where a later one sets less, it
 * runs without watching for a shutdown.
 */
function inhibitDelay(kubelet: KubeletInForce): Fault[] {
  const late = kubelet.machine.lateInhibitDelay;
  const { field, time } = wholeGracePeriod(kubelet);
  if (!late || time <= late.nanoseconds || !kubelet.gate('GracefulNodeShutdown')) return [];
  const reason = `${late.path} sets InhibitDelayMaxSec of systemd-logind to ${late.nanoseconds / second} s, less than ${field} (${time / second} s): the kubelet logs "Failed to start node shutdown manager", and pods are not ended in order`;
  return [odd(field, reason, `set InhibitDelayMaxSec=${time / second} there, or a shorter time here`)];
}

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

function dns(kubelet: KubeletInForce): Fault[] {
  return kubelet
    .texts('clusterDNS')
    .flatMap((address, index) =>
      isIpAddress(address)
        ? []
        : [
            odd(
              'clusterDNS',
              `${JSON.stringify(address)} is no IP address, and the kubelet skips it`,
              'write the IP address of the DNS service',
              index,
            ),
          ],
    );
}

const inTree = ['aws', 'azure', 'gce', 'openstack', 'vsphere'];
/** The first release without the provider of that name. */
const removedIn: Readonly<Record<string, number>> = { openstack: 1026, aws: 1027, azure: 1030, vsphere: 1030, gce: 1031 };

function providers(kubelet: KubeletInForce): Fault[] {
  const cloud = kubelet.flag('cloud-provider') ?? '';
  if (cloud === '' || cloud === 'external') return [];
  const isThere = inTree.includes(cloud) && kubelet.release < (removedIn[cloud] ?? 0);
  const isDisabled = kubelet.release >= 1029 && kubelet.gate('DisableCloudProviders');
  if (isThere && !isDisabled) return [];
  return [
    refusedFlag(
      'cloud-provider',
      `built-in cloud providers are disabled or gone: --cloud-provider=${cloud}`,
      'write external, and run the cloud controller manager',
    ),
  ];
}

function nodeAddresses(kubelet: KubeletInForce): Fault[] {
  const text = kubelet.flag('node-ip') ?? '';
  const ips = text.split(',').map((one) => one.trim());
  const addresses = ips.filter(isIpAddress);
  if (text === '') return [];
  const fault = pairFault(addresses, kubelet);
  if (fault !== undefined)
    return [
      refusedFlag('node-ip', `bad --node-ip ${JSON.stringify(text)}: ${fault}`, 'write one address, or one of each family'),
    ];
  const bad = ips.find((one) => !isIpAddress(one));
  if (bad === undefined) return [];
  const reason = `${JSON.stringify(bad)} is no IP address, and the kubelet ignores it`;
  return [{ kind: 'Odd', place: { flag: 'node-ip' }, reason, remedy: 'write an IP address' }];
}

/** What is wrong with several addresses. */
function pairFault(addresses: readonly string[], kubelet: KubeletInForce): string | undefined {
  const [first = '', second_ = ''] = addresses;
  if (addresses.length < 2) return undefined;
  if (addresses.length > 2 || first.includes(':') === second_.includes(':'))
    return 'must contain either a single IP or a dual-stack pair of IPs';
  // The gate is on since 1.21.
  const isDual = kubelet.release < 1021 ? kubelet.gate('IPv6DualStack') : kubelet.map('featureGates')['IPv6DualStack'] !== false;
  if (kubelet.release <= 1022 && !isDual) return 'two addresses need feature gate IPv6DualStack';
  const cloud = kubelet.flag('cloud-provider') ?? '';
  const mayBeTwo =
    cloud === '' ||
    (cloud === 'external' && (kubelet.release >= 1030 || (kubelet.release >= 1027 && kubelet.gate('CloudDualStackNodeIPs'))));
  if (!mayBeTwo) return `dual-stack not supported in this configuration, with cloud-provider ${cloud}`;
  return [first, second_].some((one) => ['0.0.0.0', '::'].includes(one))
    ? "dual-stack node IP cannot include '0.0.0.0' or '::'"
    : undefined;
}

/** A flag, or a field, that older kubelets took only with a gate. */
function gatedFlags(kubelet: KubeletInForce): Fault[] {
  const faults: Fault[] = [];
  const needs = (gate: string) => `requires feature gate ${gate}`;
  const remedy = 'switch the gate on, or remove it';
  if (kubelet.release <= 1018 && kubelet.isTrue('rotateCertificates') && !kubelet.gate('RotateKubeletClientCertificate'))
    faults.push(refused('rotateCertificates', `rotateCertificates ${needs('RotateKubeletClientCertificate')}`, remedy));
  if (kubelet.release <= 1023 && (kubelet.flag('dynamic-config-dir') ?? '') !== '' && !kubelet.gate('DynamicKubeletConfig'))
    faults.push(refusedFlag('dynamic-config-dir', `--dynamic-config-dir ${needs('DynamicKubeletConfig')}`, remedy));
  const isSeccomp = kubelet.isByFlag('seccompDefault') || ['true', '1'].includes(kubelet.flag('seccomp-default') ?? '');
  if (kubelet.release >= 1022 && kubelet.release <= 1026 && isSeccomp && !kubelet.gate('SeccompDefault'))
    faults.push(refusedFlag('seccomp-default', `--seccomp-default ${needs('SeccompDefault')}`, remedy));
  return faults;
}

/** The runtimes that are built in. */
function runtime(kubelet: KubeletInForce): Fault[] {
  const name = kubelet.flag('container-runtime');
  const known = kubelet.release < 1024 ? ['docker', 'remote'] : ['remote'];
  if (name === undefined || known.includes(name)) return [];
  return [refusedFlag('container-runtime', `unsupported CRI runtime: ${JSON.stringify(name)}`, `write ${known.join(' or ')}`)];
}

function lockFile(kubelet: KubeletInForce): Fault[] {
  const isOn = kubelet.flag('exit-on-lock-contention') === 'true';
  if (!isOn || (kubelet.flag('lock-file') ?? '') !== '') return [];
  return [
    refusedFlag(
      'exit-on-lock-contention',
      'cannot exit on lock file contention: no lock file specified',
      'give --lock-file, or remove the flag',
    ),
  ];
}

function kubeconfigs(kubelet: KubeletInForce): Fault[] {
  const { kindOf, text } = kubelet.machine;
  const [own, bootstrap] = ['kubeconfig', 'bootstrap-kubeconfig'].map((name) => kubelet.flag(name) ?? '') as [string, string];
  if (own === '') return [];
  const isGone = (path: string) => kindOf?.(path) === 'Absent';
  const content = text?.(own);
  if (bootstrap !== '') {
    const isJoined = content !== undefined && /client-certificate/.test(content);
    const mayBe = content === undefined && !isGone(own);
    if (isJoined || mayBe || !isGone(bootstrap)) return [];
    return [
      refusedFlag(
        'bootstrap-kubeconfig',
        `unable to load bootstrap kubeconfig: stat ${bootstrap}: no such file or directory`,
        'name a file that is there',
      ),
    ];
  }
  if (isGone(own))
    return [
      refusedFlag(
        'kubeconfig',
        `invalid kubeconfig: stat ${own}: no such file or directory`,
        'name a file that is there, or give --bootstrap-kubeconfig',
      ),
    ];
  if (content === undefined || /clusters/.test(content)) return [];
  return [
    refusedFlag(
      'kubeconfig',
      `invalid kubeconfig ${own}: no configuration has been provided`,
      'name a kubeconfig with a cluster and a user',
    ),
  ];
}

function directories(kubelet: KubeletInForce): Fault[] {
  const faults: Fault[] = [];
  const [root, certificates] = ['root-dir', 'cert-dir'].map((name) => kubelet.flag(name)) as [
    string | undefined,
    string | undefined,
  ];
  if (root !== undefined && !root.startsWith('/'))
    faults.push(
      refusedFlag(
        'root-dir',
        root === ''
          ? 'invalid root directory ""'
          : `error configuring root directory: cannot find mount point for ${JSON.stringify(root)}`,
        'write an absolute path',
      ),
    );
  for (const [flag, path] of [
    ['root-dir', root],
    ['cert-dir', certificates],
  ] as const) {
    if (path === undefined || !path.startsWith('/')) continue;
    if (kubelet.machine.kindOf?.(path) === 'File')
      faults.push(refusedFlag(flag, `mkdir ${path}: not a directory`, 'name a directory'));
    else if (/^\/(?:proc|sys)\//.test(path))
      faults.push(refusedFlag(flag, `mkdir ${path}: no directory can be made there`, 'name a directory elsewhere'));
  }
  return faults;
}

/** What a manager has written down must fit its policy; the kubelet says to drain the node first. */
function managerStates(kubelet: KubeletInForce): Fault[] {
  const root = kubelet.flag('root-dir') ?? '/var/lib/kubelet';
  const state = (name: string) => kubelet.machine.text?.(`${root}/${name}`);
  const faults: Fault[] = [];
  for (const [file, field, name] of [
    ['cpu_manager_state', 'cpuManagerPolicy', 'CPU manager'],
    ['memory_manager_state', 'memoryManagerPolicy', 'memory manager'],
  ] as const) {
    if (field === 'memoryManagerPolicy' && (kubelet.release < 1021 || (kubelet.release < 1032 && !kubelet.gate('MemoryManager'))))
      continue;
    const text = state(file);
    const policy = text === undefined ? undefined : policyIn(text);
    if (policy === undefined || policy === kubelet.text(field)) continue;
    const reason =
      policy === ''
        ? `could not restore state from checkpoint: ${root}/${file} is none that this kubelet reads`
        : `configured policy ${kubelet.text(field)} differs from state checkpoint policy ${policy}`;
    faults.push(refused(field, reason, `drain the node, and delete the ${name} checkpoint file ${root}/${file}`));
  }
  const resources = state('dra_manager_state');
  if (
    resources !== undefined &&
    kubelet.release >= 1027 &&
    kubelet.gate('DynamicResourceAllocation') &&
    parsed(resources) === undefined
  )
    faults.push(
      refusedFlag(
        'root-dir',
        `failed to get checkpoint dra_manager_state: ${root}/dra_manager_state is none that this kubelet reads`,
        'drain the node, and delete that file',
      ),
    );
  return faults;
}

/** Empty for a text that is no checkpoint of today. */
function policyIn(text: string): string {
  const value = parsed(text);
  const policy = value?.['policyName'];
  return typeof policy === 'string' && (value?.['checksum'] !== 1 || value['entries'] !== undefined) ? policy : '';
}

function parsed(text: string): JsonMap | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const nodeRules: readonly Rule[] = [
  { id: 'R34', check: taints },
  { id: 'R93', check: labels },
  { id: 'W2', check: podAddresses },
  { id: 'R38', check: shutdown },
  { id: 'R42', check: shutdownByPriority },
  { id: 'N1', since: '1.20', check: inhibitDelay },
  { id: 'N2', check: swap },
  { id: 'R118', check: unsafeSysctls },
  { id: 'R118a', since: '1.37', check: podSysctls },
  { id: 'R68', check: memoryThrottling },
  { id: 'R70', check: memoryReservation },
  { id: 'R87', check: cgroups },
  { id: 'R121', check: dns },
  { id: 'F1', check: providers },
  { id: 'F2', since: '1.20', check: nodeAddresses },
  { id: 'F4', until: '1.26', check: gatedFlags },
  { id: 'F5', until: '1.26', check: runtime },
  { id: 'R95', check: lockFile },
  { id: 'F3', check: kubeconfigs },
  { id: 'R123', check: directories },
  { id: 'S1', check: managerStates },
];
