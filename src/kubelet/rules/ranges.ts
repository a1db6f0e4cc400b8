/** Rules of one number, one duration or one word. */

import { show } from '../../api/validate/parts.ts';
import type { KubeletInForce } from './in-force.ts';
import { type Fault, type Rule, refused } from './rule.ts';

interface NumberRange {
  readonly id: string;
  readonly since?: string;
  readonly field: string;
  readonly least?: number;
  readonly most?: number;
}

const numbers: readonly NumberRange[] = [
  { id: 'R3', field: 'nodeLeaseDurationSeconds', least: 1 },
  { id: 'R5', field: 'eventBurst', least: 0 },
  { id: 'R6', field: 'eventRecordQPS', least: 0 },
  { id: 'R7', field: 'healthzPort', least: 0, most: 65_535 },
  { id: 'R10', field: 'imageGCHighThresholdPercent', least: 0, most: 100 },
  { id: 'R11', field: 'imageGCLowThresholdPercent', least: 0, most: 100 },
  { id: 'R17', field: 'iptablesDropBit', least: 0, most: 31 },
  { id: 'R18', field: 'iptablesMasqueradeBit', least: 0, most: 31 },
  { id: 'R19', field: 'kubeAPIBurst', least: 0 },
  { id: 'R20', field: 'kubeAPIQPS', least: 0 },
  { id: 'R21', field: 'nodeStatusMaxImages', least: -1 },
  { id: 'R22', field: 'maxOpenFiles', least: 0 },
  { id: 'R23', field: 'maxPods', least: 0 },
  { id: 'R24', field: 'oomScoreAdj', least: -1000, most: 1000 },
  { id: 'R25', field: 'podsPerCore', least: 0 },
  { id: 'R26', field: 'port', least: 1, most: 65_535 },
  { id: 'R27', field: 'readOnlyPort', least: 0, most: 65_535 },
  { id: 'R28', field: 'registryBurst', least: 0 },
  { id: 'R29', field: 'registryPullQPS', least: 0 },
  { id: 'R30', field: 'maxParallelImagePulls', least: 1 },
  { id: 'R74', field: 'containerLogMaxWorkers', least: 1 },
  { id: 'R80', field: 'logging.verbosity', least: 0, most: 2_147_483_647 },
  { id: 'R85', field: 'tracing.samplingRatePerMillion', least: 0, most: 1_000_000 },
];

function numberRule({ id, since, field, least, most }: NumberRange): Rule {
  const check = (kubelet: KubeletInForce): Fault[] => {
    const value = kubelet.number(field);
    if (value === undefined) return [];
    const isRight = (least === undefined || value >= least) && (most === undefined || value <= most);
    return isRight
      ? []
      : [refused(field, `${field} ${value} must be ${span(least, most)}`, `write a number ${span(least, most)}`)];
  };
  return { id, ...(since !== undefined && { since }), check };
}

function span(least: number | undefined, most: number | undefined): string {
  if (least === undefined) return `${most} or less`;
  return most === undefined ? `${least} or more` : `between ${least} and ${most}`;
}

interface WordRange {
  readonly id: string;
  readonly field: string;
  readonly words: readonly string[];
  /** Words that older or newer kubelets take. */
  readonly since?: Readonly<Record<string, string>>;
  readonly isIgnored?: (kubelet: KubeletInForce) => boolean;
}

const words: readonly WordRange[] = [
  { id: 'R36', field: 'topologyManagerPolicy', words: ['none', 'best-effort', 'restricted', 'single-numa-node'] },
  { id: 'R37', field: 'topologyManagerScope', words: ['container', 'pod'] },
  { id: 'R56', field: 'hairpinMode', words: ['none', 'hairpin-veth', 'promiscuous-bridge'] },
  { id: 'R69', field: 'memoryReservationPolicy', words: ['None', 'TieredReservation'] },
  { id: 'R79', field: 'logging.format', words: ['text', 'json'] },
  {
    id: 'R107',
    field: 'cpuManagerPolicy',
    words: ['none', 'static'],
    isIgnored: (kubelet) => kubelet.release < 1026 && !kubelet.gate('CPUManager'),
  },
  {
    id: 'R110',
    field: 'memoryManagerPolicy',
    words: ['None', 'Static'],
    isIgnored: (kubelet) => kubelet.release < 1032 && !kubelet.gate('MemoryManager'),
  },
  { id: 'R115', field: 'authorization.mode', words: ['AlwaysAllow', 'Webhook'] },
  {
    id: 'R57',
    field: 'imagePullCredentialsVerificationPolicy',
    words: ['NeverVerify', 'NeverVerifyPreloadedImages', 'NeverVerifyAllowlistedImages', 'AlwaysVerify'],
    isIgnored: (kubelet) => !kubelet.gate('KubeletEnsureSecretPulledImages'),
  },
];

function wordRule({ id, field, words: known, isIgnored }: WordRange): Rule {
  const check = (kubelet: KubeletInForce): Fault[] => {
    const value = kubelet.value(field);
    // An empty word of the file is the default.
    if (typeof value !== 'string' || known.includes(value) || isIgnored?.(kubelet)) return [];
    if (value === '' && !kubelet.isByFlag(field)) return [];
    const near = known.find((word) => word.toLowerCase() === value.toLowerCase());
    const reason = `${field} ${show(value)} must be one of ${known.join(', ')}`;
    return [refused(field, reason, near === undefined ? `write ${known.join(' or ')}` : `write ${near}`)];
  };
  return { id, check };
}

const second = 1_000_000_000;

interface DurationRange {
  readonly id: string;
  readonly since?: string;
  readonly field: string;
  /** In nanoseconds. */
  readonly isRight: (value: number) => boolean;
  readonly expected: string;
}

const durations: readonly DurationRange[] = [
  { id: 'R14', since: '1.36', field: 'imageMinimumGCAge', isRight: (value) => value >= 0, expected: 'not negative' },
  { id: 'R15', field: 'imageMaximumGCAge', isRight: (value) => value >= 0, expected: 'not negative' },
  { id: 'R75', field: 'containerLogMonitorInterval', isRight: (value) => value >= 3 * second, expected: '3s or more' },
  { id: 'R114', field: 'syncFrequency', isRight: (value) => value > 0, expected: 'more than 0s' },
];

function durationRule({ id, since, field, isRight, expected }: DurationRange): Rule {
  const check = (kubelet: KubeletInForce): Fault[] => {
    const value = kubelet.nanoseconds(field);
    return value === undefined || isRight(value)
      ? []
      : [refused(field, `${field} ${kubelet.text(field)} must be ${expected}`, `write a duration that is ${expected}`)];
  };
  return { id, ...(since !== undefined && { since }), check };
}

export const rangeRules: readonly Rule[] = [...numbers.map(numberRule), ...words.map(wordRule), ...durations.map(durationRule)];
