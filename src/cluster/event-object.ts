/**
 * Events as the API server takes them (events.k8s.io/v1): with a note of limited length and a unique name.
 */

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
  /** The action that the event is about, in CamelCase: `Restarting`. */
  readonly action: string;
  /** For people; cut to 1024 bytes. */
  readonly note: string;
}

export interface Reporter {
  /** `kubelet-config.dev/agent` */
  readonly reportingController: string;
  /** The node's or the pod's name. */
  readonly reportingInstance: string;
}

/** The namespace of Events about cluster-scoped objects. */
export const eventNamespace = 'default';

const longestNote = 1024;
const longestPrefix = 220;

/**
 * The object to create for an event.
 * @param random from 0 to 1, makes the name unique when two reporters write at the same millisecond
 */
export function eventObject(
  event: NewEvent,
  { reportingController, reportingInstance }: Reporter,
  date: Date,
  random: number,
): Event {
  const { regarding, related, type, reason, action, note } = event;
  const prefix = regarding.name.slice(0, longestPrefix).replace(/(?<![-.])[-.]+$/, '');
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

/** A text that is equal for events that differ in nothing but time: they become one Event with a count. */
export function seriesKey({ regarding, related, type, reason, action, note }: NewEvent): string {
  return JSON.stringify([regarding.uid ?? regarding.name, related?.uid ?? related?.name, type, reason, action, note]);
}
