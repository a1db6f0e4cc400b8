/** Rules of how a kubelet ends its pods when its machine shuts down. */

import type { KubeletInForce } from './in-force.ts';
import { type Fault, odd, type Rule, refused } from './rule.ts';

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

export const shutdownRules: readonly Rule[] = [
  { id: 'R38', check: shutdown },
  { id: 'R42', check: shutdownByPriority },
  { id: 'N1', since: '1.20', check: inhibitDelay },
];
