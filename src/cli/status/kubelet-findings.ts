/** What systemd and the kubelet say of a committed revision: whether it runs, as it was committed. Pure. */

import type { Problem } from '../../api/problem.ts';
import { rfc3339 } from '../../loop/time.ts';
import { conflictingDropIns } from '../../node/decide/conflicting-drop-ins.ts';
import { committedTarget } from '../../node/decide/target.ts';
import { heldBy, kubeletDown, unitHeldProblem } from '../../node/decide/unit-held.ts';
import { systemdFault } from '../../node/model/host-fault.ts';
import type { TransactionRecord } from '../../node/model/record.ts';
import { SystemdError } from '../../node/ports/systemd.ts';
import { unitPath } from '../../systemd/load-path.ts';
import { type Finding, ofProblem, secondsBetween } from './finding.ts';
import type { KubeletSeen, StatusFacts } from './read-status.ts';

/** While a change is open its kubelet may be down: nothing is said of it then. */
export function kubeletFindings({ kubelet, journal: { committed }, open, now }: StatusFacts): Finding[] {
  if (kubelet instanceof SystemdError) {
    const { code, message, remedy } = systemdFault(kubelet);
    return [{ severity: 'error', code, reason: `it is not known how the kubelet is: ${message}`, remedy }];
  }
  if (committed?.revision == null || open) return [];
  const { observed, inForce } = kubelet;
  const edited = inForce?.sinceStart ? [ofProblem(inForce.sinceStart)] : [];
  const held = heldBy(committed, observed);
  const down = held ? unitHeldProblem(committed.unit.name, held) : kubeletDown(committed, observed);
  const ofUnit = down ? [ofProblem(down)] : [...runFindings(committed, kubelet, now), ...healthFindings(committed, kubelet)];
  return [
    ...ofUnit,
    ...dropInFindings(committed, kubelet),
    ...kubelet.ownDirectory.map(ofProblem),
    ...restartFindings(committed, kubelet),
    ...edited,
  ];
}

const underWay = { severity: 'waiting', code: 'UnderWay' } as const;
const isDown = { severity: 'error', code: 'KubeletDown' } as const;

/** In seconds: a kubelet that has run for so long since systemd restarted it by itself has recovered. */
const settledSeconds = 600;

function runFindings({ unit }: TransactionRecord, { observed }: KubeletSeen, now: string): Finding[] {
  if (!observed.systemdRuns || !unit.after.active) return [];
  const { activeState, subState, restarts, activeSince, hasJob } = observed.unit;
  const remedy = `read \`journalctl --unit ${unit.name}\``;
  if (activeState !== 'active') {
    const reason = `${unit.name} is ${activeState} (${subState})`;
    return [{ ...(hasJob ? underWay : isDown), reason, remedy }];
  }
  const since = rfc3339(activeSince);
  if (restarts === 0 || secondsBetween(since, now) > settledSeconds) return [];
  const reason = `${unit.name} does not stay up: systemd has restarted it by itself ${restarts} times, the last time at ${since}`;
  return [{ severity: 'error', code: 'KubeletDown', reason, remedy, since }];
}

function healthFindings({ unit }: TransactionRecord, { healthz }: KubeletSeen): Finding[] {
  if (healthz === undefined || healthz.answer.kind === 'Ok') return [];
  const isTaken = healthz.answer.kind === 'PortTaken';
  const reason = isTaken ? healthz.answer.reason : `${unit.name} runs and is not healthy: ${healthz.answer.reason}`;
  const code = isTaken ? 'PortTaken' : 'KubeletDown';
  return [{ severity: 'error', code, reason, remedy: `read \`journalctl --unit ${unit.name}\`` }];
}

/** By what systemd has loaded, and by what it would load at the next reload or boot. */
function dropInFindings(committed: TransactionRecord, { observed, loaded }: KubeletSeen): Finding[] {
  const target = committedTarget(committed);
  const conflicts = (dropIns: KubeletSeen['observed']['dropIns']) => conflictingDropIns(target, { ...observed, dropIns });
  const now = conflicts(loaded?.dropIns ?? []);
  const known = new Set(now.map(({ reason }) => reason));
  const later = conflicts(observed.dropIns).filter(({ reason }) => !known.has(reason));
  return [
    ...now.map(ofProblem),
    ...later.map((problem): Finding => ({ ...ofProblem(problem), reason: `${problem.reason}${fromReload}` })),
    ...fragmentFindings(target.files, committed.unit.name, loaded),
  ];
}

const fromReload = '; systemd has not loaded it yet: that happens at the next reload or boot';

/** Our whole unit file is on the disk, and systemd has loaded another one or none. */
function fragmentFindings(files: readonly { readonly path: string }[], unit: string, loaded: KubeletSeen['loaded']): Finding[] {
  const path = unitPath(unit);
  const isOurs = files.some((file) => file.path === path);
  if (!loaded || !isOurs || loaded.fragment === path) return [];
  const found = loaded.fragment === '' ? 'no unit file' : loaded.fragment;
  const reason = `systemd has loaded ${found} for ${unit}, and not ${path}`;
  return [
    {
      severity: 'error',
      code: 'UnitInvalid' satisfies Problem['code'],
      reason,
      remedy: 'run `systemctl daemon-reload`, or remove the other file',
    },
  ];
}

function restartFindings({ unit, begunAt }: TransactionRecord, { observed, restartPending }: KubeletSeen): Finding[] {
  if (!observed.systemdRuns || !restartPending) return [];
  const reason = 'the kubelet still runs as before the last change: its restart is pending';
  const remedy = `\`kubelet-config apply -f PATH\` without --no-restart restarts and proves it; so does the agent; a boot or \`systemctl restart ${unit.name}\` only restarts it`;
  return [{ severity: 'waiting', code: 'RestartPending', reason, remedy, ...(begunAt !== undefined && { since: begunAt }) }];
}
