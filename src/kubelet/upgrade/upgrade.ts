/** What another release of the kubelet makes of the settings of one, before it is installed. Pure. */

import { contentId, type Json } from '../../api/json.ts';
import { knownReleases, newest } from '../flag-table.ts';
import { flagProblems } from '../flags.ts';
import { judgeToTheEnd, type KubeletFault, type PlainKubelet } from '../plain-kubelet.ts';
import { formatRelease, knownRelease, type Release } from '../release.ts';
import { KubeletInForce } from '../rules/in-force.ts';
import { newDeprecations } from './deprecations.ts';
import { subjectOf, type UpgradeFinding, type UpgradePlace, upgradeKinds } from './finding.ts';
import { newMeanings } from './meanings.ts';
import type { Step } from './step.ts';
import { unknownsAt } from './unknowns.ts';

/** The first release of which the rules and defaults are known. */
const oldest = knownRelease('1.17');

/**
 * Everything that the release `to` takes otherwise than `from`, each with the release that brings it. What
 * both refuse is not among it: that is what `validate` says. `to` may also be the older one.
 */
export function upgradeFindings(kubelet: PlainKubelet, from: Release, to: Release): UpgradeFinding[] {
  const path = releasesBetween(within(from), within(to));
  const steps = path.map((release) => stepOf(kubelet, release));
  const refusals = newRefusals(steps);
  const refused = new Set(refusals.map(({ place }) => subjectOf(place)));
  const others = [...newMeanings(steps), ...newDeprecations(steps), ...unknownsAt(steps)];
  const found = [...refusals, ...others.filter(({ place }) => !refused.has(subjectOf(place)))];
  const order = (one: UpgradeFinding) => upgradeKinds.indexOf(one.kind);
  return [...found.sort((one, other) => order(one) - order(other)), ...outsideTables(from, to)];
}

function stepOf(plain: PlainKubelet, release: Release): Step {
  const read = judgeToTheEnd(plain, release);
  return { release, read, kubelet: new KubeletInForce(read.sources, release, plain.machine ?? {}) };
}

function within(release: Release): Release {
  return Math.min(Math.max(release, oldest), newest);
}

function releasesBetween(from: Release, to: Release): Release[] {
  const way = knownReleases.filter((release) => Math.min(from, to) <= release && release <= Math.max(from, to));
  return from <= to ? [...way] : [...way].reverse();
}

/** What the last release refuses and the first does not, as the first one of those says it that do. */
function newRefusals(steps: readonly Step[]): UpgradeFinding[] {
  const refusals = steps.map(({ read }) => new Map(read.faults.filter(isRefused).map((fault) => [keyOf(fault), fault])));
  const [before, last] = [refusals[0], refusals.at(-1)];
  if (before === undefined || last === undefined) return [];
  return [...last].flatMap(([key]): UpgradeFinding[] => {
    if (before.has(key)) return [];
    const first = refusals.findLastIndex((one) => !one.has(key)) + 1;
    const fault = refusals[first]?.get(key);
    const [release, earlier] = [steps[first]?.release, steps[first - 1]?.release];
    if (fault === undefined || release === undefined || earlier === undefined) return [];
    return [{ kind: 'Refuses', place: placeOf(fault), release: Math.max(release, earlier), ...inWords(fault, release, earlier) }];
  });
}

function isRefused({ kind }: KubeletFault): boolean {
  return kind === 'Refused';
}

function keyOf({ rule, place }: KubeletFault): string {
  return contentId([rule, place as unknown as Json]);
}

function placeOf({ place }: KubeletFault): UpgradePlace {
  return place.kind === 'File' ? { kind: 'Field', field: place.field, file: place.path } : place;
}

function inWords(
  { place, rule, reason, remedy }: KubeletFault,
  release: Release,
  earlier: Release,
): Pick<UpgradeFinding, 'reason' | 'remedy'> {
  if (place.kind === 'Flag' && rule === 'flag') {
    const [absent] = flagProblems({ [place.name]: '' }, release).filter(({ severity }) => severity === 'error');
    if (absent) return { reason: absent.reason, remedy: absent.remedy };
  }
  const whose =
    earlier < release ? `from ${formatRelease(release)} on the kubelet does` : `kubelet ${formatRelease(release)} does`;
  return { reason: `${whose} not start with it: ${reason}`, remedy };
}

/** Said once: releases without rules are compared by the nearest ones that have them. */
function outsideTables(from: Release, to: Release): UpgradeFinding[] {
  const [first, last] = [formatRelease(oldest), formatRelease(newest)];
  const unknown = (release: Release, reason: string, remedy: string): UpgradeFinding => ({
    kind: 'CannotTell',
    place: { kind: 'Kubelet' },
    release,
    reason,
    remedy,
  });
  const latest = Math.max(from, to);
  const earliest = Math.min(from, to);
  return [
    ...(latest > newest
      ? [
          unknown(
            latest,
            `what kubelet ${formatRelease(latest)} refuses is not known here: ${last} is the newest known one, and was compared in its place`,
            'read its release notes, or check with a newer kubelet-config',
          ),
        ]
      : []),
    ...(earliest < oldest
      ? [
          unknown(
            earliest,
            `the rules and defaults of kubelet ${formatRelease(earliest)} are not known here: ${first} was compared in its place`,
            `read the release notes up to ${first}`,
          ),
        ]
      : []),
  ];
}
