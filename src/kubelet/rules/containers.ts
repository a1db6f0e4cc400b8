/** Rules of pods, images and logs. */

import { isJsonMap } from '../../api/json.ts';
import { isWholeQuantity } from '../../go/quantity.ts';
import type { KubeletInForce } from './in-force.ts';
import { type Fault, odd, type Rule, refused, refusedIn } from './rule.ts';

const second = 1_000_000_000;

function imageThresholds(kubelet: KubeletInForce): Fault[] {
  const low = kubelet.number('imageGCLowThresholdPercent');
  const high = kubelet.number('imageGCHighThresholdPercent');
  if (low === undefined || high === undefined || low < high) return [];
  const blamed = kubelet.isGiven('imageGCLowThresholdPercent') ? 'imageGCLowThresholdPercent' : 'imageGCHighThresholdPercent';
  const reason = `imageGCLowThresholdPercent ${low} must be less than imageGCHighThresholdPercent ${high}`;
  return [refused(blamed, reason, 'write a lower imageGCLowThresholdPercent, or a higher imageGCHighThresholdPercent')];
}

function imageAges(kubelet: KubeletInForce): Fault[] {
  const most = kubelet.nanoseconds('imageMaximumGCAge') ?? 0;
  const least = kubelet.nanoseconds('imageMinimumGCAge') ?? 0;
  if (most <= 0) return [];
  if (!kubelet.gate('ImageMaximumGCAge'))
    return [
      refused(
        'imageMaximumGCAge',
        'imageMaximumGCAge requires feature gate ImageMaximumGCAge',
        'remove it, or switch the gate on',
      ),
    ];
  if (most > least) return [];
  const reason = `imageMaximumGCAge ${kubelet.text('imageMaximumGCAge')} must be greater than imageMinimumGCAge ${kubelet.text('imageMinimumGCAge')}`;
  return [refused('imageMaximumGCAge', reason, 'write a longer imageMaximumGCAge')];
}

function parallelPulls(kubelet: KubeletInForce): Fault[] {
  const pulls = kubelet.number('maxParallelImagePulls') ?? 0;
  if (pulls <= 1 || !kubelet.isTrue('serializeImagePulls')) return [];
  const reason = 'maxParallelImagePulls cannot be larger than 1 unless serializeImagePulls is set to false';
  return [refused('maxParallelImagePulls', reason, 'set serializeImagePulls: false')];
}

/** Until 1.23 the kubelet looked at its own rotation of logs only with a runtime other than Docker. */
function readsLogs(kubelet: KubeletInForce): boolean {
  const isRemote = kubelet.flag('container-runtime') === 'remote';
  return kubelet.release >= 1024 || (isRemote && (kubelet.release >= 1021 || kubelet.gate('CRIContainerLogRotation')));
}

function logFiles(kubelet: KubeletInForce): Fault[] {
  const field = 'containerLogMaxFiles';
  const files = kubelet.number(field);
  if (files === undefined || files > 1 || !readsLogs(kubelet)) return [];
  return [refused(field, `${field} ${files} must be greater than 1`, 'write 2 or more')];
}

const allIds = 2 ** 32;
const standardIds = 65_536;

/**
 * A kubelet without a range of user ids of its own shares out all ids behind the first range in equal
 * parts. Until 1.34 it kept the first 65536 ids, whatever a pod has, and looked at this without the gate,
 * too.
 */
function userIds(kubelet: KubeletInForce): Fault[] {
  if (kubelet.release >= 1035 && !kubelet.gate('UserNamespacesSupport')) return [];
  const pods = kubelet.number('maxPods') ?? 110;
  const ids = kubelet.number('userNamespaces.idsPerPod') ?? standardIds;
  if (ids < standardIds || ids % standardIds > 0) return [];
  const first = kubelet.release < 1035 ? standardIds : ids;
  if (first % ids > 0 || (allIds - first) % ids > 0) {
    const reason = `the kubelet user assigned IDs are not a multiple of the ${ids} IDs of a pod`;
    const remedy = first % ids > 0 ? 'write 65536' : 'write 65536, or another power of two above it';
    return [refused('userNamespaces.idsPerPod', reason, remedy)];
  }
  const most = (allIds - first) / ids;
  if (pods <= most) return [];
  const blamed = kubelet.isGiven('maxPods') ? 'maxPods' : 'userNamespaces.idsPerPod';
  const reason = `kubelet user assigned IDs are not enough to support ${pods} pods with ${ids} IDs each`;
  return [refused(blamed, reason, `write a maxPods of ${most} or less`)];
}

function idsPerPod(kubelet: KubeletInForce): Fault[] {
  const field = 'userNamespaces.idsPerPod';
  const ids = kubelet.number(field);
  if (ids === undefined || (ids >= 65_536 && ids % 65_536 === 0 && ids <= 4_294_967_295)) return [];
  return [refused(field, `${field} ${ids} must be a multiple of 65536 from 65536 to 4294901760`, 'write 65536')];
}

function quotaPeriod(kubelet: KubeletInForce): Fault[] {
  const field = 'cpuCFSQuotaPeriod';
  const period = kubelet.nanoseconds(field);
  if (period === undefined) return [];
  const text = kubelet.text(field);
  if (!kubelet.gate('CustomCPUCFSQuotaPeriod')) {
    // Until 1.19 the value was ignored.
    if (period === 100_000_000 || kubelet.release < 1020) return [];
    return [
      refused(field, `${field} ${text} requires feature gate CustomCPUCFSQuotaPeriod`, 'switch the gate on, or remove the field'),
    ];
  }
  const least = kubelet.release < 1026 ? 1_000 : 1_000_000;
  if (period >= least && period <= second) return [];
  const bounds = `between ${least === 1_000 ? '1us' : '1ms'} and 1s, inclusive`;
  return [refused(field, `${field} ${text} must be ${bounds}`, 'write e.g. 100ms')];
}

function crashLoop(kubelet: KubeletInForce): Fault[] {
  const field = 'crashLoopBackOff.maxContainerRestartPeriod';
  const period = kubelet.nanoseconds(field);
  if (!kubelet.gate('KubeletCrashLoopBackOffMax')) {
    if (!kubelet.isGiven(field)) return [];
    return [
      refused(field, `${field} requires feature gate KubeletCrashLoopBackOffMax`, 'switch the gate on, or remove the field'),
    ];
  }
  if (period === undefined || (period >= second && period <= 300 * second)) return [];
  return [refused(field, `${field} ${kubelet.text(field)} must be between 1s and 300s`, 'write e.g. 300s')];
}

function preloadedImages(kubelet: KubeletInForce): Fault[] {
  const [policy, list] = ['imagePullCredentialsVerificationPolicy', 'preloadedImagesVerificationAllowlist'];
  const images = kubelet.texts(list);
  if (!kubelet.gate('KubeletEnsureSecretPulledImages')) {
    const given = [policy, list].filter((field) => kubelet.isGiven(field) && !isEmpty(kubelet, field));
    const reason = 'must not be set if the feature gate KubeletEnsureSecretPulledImages is not enabled';
    return given.map((field) => refused(field, `${field} ${reason}`, 'remove it, or switch the gate on'));
  }
  if (images.length > 0 && kubelet.text(policy) !== 'NeverVerifyAllowlistedImages') {
    return [
      refused(
        list,
        `${list} cannot be set if ${policy} is not NeverVerifyAllowlistedImages`,
        `set ${policy}: NeverVerifyAllowlistedImages`,
      ),
    ];
  }
  return images.flatMap((image, index) => {
    const reason = patternFault(image);
    return reason === undefined
      ? []
      : [
          refusedIn(
            list,
            index,
            `${JSON.stringify(image)} ${reason}`,
            'write e.g. registry.example.org/team or registry.example.org/team/*',
          ),
        ];
  });
}

function isEmpty(kubelet: KubeletInForce, field: string): boolean {
  const value = kubelet.value(field);
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

/**
 * `*` stands only at the end, for everything below; else it is the name of a repository without tag or
 * digest.
 */
function patternFault(image: string): string | undefined {
  const isWildcard = image.endsWith('/*');
  const name = isWildcard ? image.slice(0, -1) : image;
  if (name !== name.trim()) return 'has blanks around it';
  if (name.includes('*')) return 'has a wildcard elsewhere than as /* at its end';
  // Nothing else is looked at before a wildcard.
  if (isWildcard) return name.length > 1 ? undefined : 'names no registry before its wildcard';
  const [first = '', ...rest] = name.split('/');
  const isHost = rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
  const path = isHost ? rest : [first, ...rest];
  if (name.includes('@') || path.at(-1)?.includes(':')) return 'has a tag or digest, and only names are accepted';
  if (path.some((part) => /[A-Z]/.test(part))) return 'is no image name: it must be lowercase';
  const isPath = path.every((part) => /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/.test(part));
  return isPath && (!isHost || isRegistry(first)) ? undefined : 'is no image name';
}

function isRegistry(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  return (
    /^\[[a-fA-F0-9:]+\]$/.test(name) || name.split('.').every((part) => /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/.test(part))
  );
}

function podLogs(kubelet: KubeletInForce): Fault[] {
  const field = 'podLogsDir';
  const path = kubelet.text(field);
  if (kubelet.value(field) === undefined || path === '') return [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (!/^[\x00-\x7f]*$/.test(path))
    return [
      refused(
        field,
        `pod logs path ${JSON.stringify(path)} must contain ASCII characters only`,
        'choose a path of ASCII characters',
      ),
    ];
  const dropped = kubelet.ofDropIns(field);
  if (typeof dropped === 'string' && !dropped.startsWith('/'))
    return [refused(field, `pod logs path ${JSON.stringify(dropped)} must be absolute path`, 'write it from the root')];
  const given = kubelet.ofFiles(field);
  const written = typeof given === 'string' && !kubelet.isByFlag(field) ? given : path;
  const isNormal = written === '/' || !/\/$|\/\/|(?:^|\/)\.\.?(?:\/|$)/.test(written) || !written.startsWith('/');
  return isNormal
    ? []
    : [
        refused(
          field,
          `pod logs path ${JSON.stringify(written)} must be normalized`,
          'write it without . and .., double slashes and a slash at its end',
        ),
      ];
}

function systemLogs(kubelet: KubeletInForce): Fault[] {
  if (!kubelet.isTrue('enableSystemLogQuery')) return [];
  if (!kubelet.gate('NodeLogQuery'))
    return [
      refused(
        'enableSystemLogQuery',
        'enableSystemLogQuery requires feature gate NodeLogQuery',
        'switch the gate on, or remove the field',
      ),
    ];
  if (kubelet.isTrue('enableSystemLogHandler')) return [];
  return [
    refused(
      'enableSystemLogQuery',
      'enableSystemLogHandler is required for enableSystemLogQuery',
      'set enableSystemLogHandler: true',
    ),
  ];
}

function logSize(kubelet: KubeletInForce): Fault[] {
  const field = 'containerLogMaxSize';
  const text = kubelet.text(field);
  if (kubelet.value(field) === undefined || !readsLogs(kubelet)) return [];
  if (kubelet.release < 1022 && text.startsWith('-'))
    return [refused(field, `negative container log max size ${text}`, 'write a size, e.g. 10Mi')];
  if (isWholeQuantity(text)) return [];
  return [refused(field, `failed to parse container log max size ${JSON.stringify(text)}`, 'write a whole size, e.g. 10Mi')];
}

function swap(kubelet: KubeletInForce): Fault[] {
  const field = 'memorySwap.swapBehavior';
  const value = kubelet.text(field);
  if (!kubelet.gate('NodeSwap')) {
    return value === ''
      ? []
      : [refused(field, `${field} requires feature gate NodeSwap`, 'switch the gate on, or remove the field')];
  }
  const known = kubelet.release < 1030 ? ['', 'LimitedSwap', 'UnlimitedSwap'] : ['', 'LimitedSwap', 'NoSwap'];
  if (!known.includes(value)) {
    const words = known.filter((word) => word !== '');
    return [
      refused(field, `${field} ${JSON.stringify(value)} must be one of ${words.join(', ')}`, `write ${words.join(' or ')}`),
    ];
  }
  if (value !== 'LimitedSwap' || kubelet.machine.cgroupVersion !== 1 || kubelet.release < 1030) return [];
  return [
    refused(
      field,
      'LimitedSwap is only supported with cgroup v2, and this machine has v1',
      'write NoSwap, or boot the machine with cgroup v2',
    ),
  ];
}

function thresholds(kubelet: KubeletInForce): Fault[] {
  const files = kubelet.map('evictionHard');
  if (!isJsonMap(files) || !kubelet.isGiven('evictionHard') || Object.keys(files).length > 0) return [];
  return [
    odd(
      'evictionHard',
      'an empty evictionHard leaves the kubelet without any threshold, also without the defaults',
      'name the thresholds that are to hold, or remove the field',
    ),
  ];
}

export const containerRules: readonly Rule[] = [
  { id: 'R12', check: imageThresholds },
  { id: 'R13', check: imageAges },
  { id: 'R31', check: parallelPulls },
  { id: 'R8', check: quotaPeriod },
  { id: 'R46', check: crashLoop },
  { id: 'R58', check: preloadedImages },
  { id: 'R72', check: systemLogs },
  { id: 'R77', check: podLogs },
  { id: 'R89', check: idsPerPod },
  { id: 'R89a', since: '1.30', check: userIds },
  { id: 'R76', check: logFiles },
  { id: 'R117', check: logSize },
  { id: 'R44', check: swap },
  { id: 'W1', check: thresholds },
];
