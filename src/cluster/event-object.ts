/** What an Event looks like to the API server (events.k8s.io/v1), which refuses one that is too long or has no name of its own. */

import { cutBytes } from '../text/cut.ts';
import { microTime } from './micro-time.ts';
import type { Event, ObjectReference } from './resources.ts';

export interface NewEvent {
  /** A cluster-scoped object, with its uid. */
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  /** Why, in CamelCase, for programs: `ConfigurationFailed`. */
  readonly reason: string;
  /** What was done or left undone, in CamelCase: `Restarting`. */
  readonly action: string;
  /** For people; what is longer than 1024 bytes is cut. */
  readonly note: string;
}

export interface Reporter {
  /** `kubelet-config.dev/agent` */
  readonly reportingController: string;
  /** The node's or the pod's name. */
  readonly reportingInstance: string;
}

/** Where Events about cluster-scoped objects stand. */
export const eventNamespace = 'default';

const longestNote = 1024;
const longestPrefix = 220;

/** @param random from 0 to 1: two reporters may have something to say at the same time */
export function eventObject(
  event: NewEvent,
  { reportingController, reportingInstance }: Reporter,
  date: Date,
  random: number,
): Event {
  const { regarding, related, type, reason, action, note } = event;
  const prefix = regarding.name.slice(0, longestPrefix).replace(/[-.]+$/, '');
  const suffix = Math.floor(random * 0x1_0000_0000).toString(16);
  return {
    metadata: { name: `${prefix}.${date.getTime().toString(16)}${suffix}`, namespace: eventNamespace },
    eventTime: microTime(date),
    regarding,
    ...(related && { related }),
    type,
    reason,
    action,
    note: cutBytes(note, longestNote),
    reportingController,
    reportingInstance,
  };
}

/** Equal for what would be the same Event again. */
export function seriesKey({ regarding, related, type, reason, action, note }: NewEvent): string {
  return JSON.stringify([regarding.uid ?? regarding.name, related?.uid ?? related?.name, type, reason, action, note]);
}
