/**
 * Rules of the node that a kubelet registers: its taints, labels and addresses; and of flags that only older
 * kubelets have.
 */

import { isIpAddress } from '../../go/text.ts';
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
  if (kubelet.release <= 1022 && !kubelet.gate('IPv6DualStack')) return 'two addresses need feature gate IPv6DualStack';
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

export const nodeRules: readonly Rule[] = [
  { id: 'R34', check: taints },
  { id: 'R93', check: labels },
  { id: 'W2', check: podAddresses },
  { id: 'R121', check: dns },
  { id: 'F1', check: providers },
  { id: 'F2', since: '1.20', check: nodeAddresses },
  { id: 'F4', until: '1.26', check: gatedFlags },
  { id: 'F5', until: '1.26', check: runtime },
];
