/** A rule by which a kubelet refuses its settings, or takes them for something that nobody means. */

import type { FieldPath } from '../../api/problem.ts';
import type { KubeletInForce } from './in-force.ts';

/** One thing that a kubelet of a release refuses, or takes for something else. */
export interface Fault {
  /**
   * Refused: it does not start. Broken: it starts, and what is set does not work. Odd: it starts, and takes
   * it for something else.
   */
  readonly kind: 'Refused' | 'Broken' | 'Odd';
  /** The field, or the flag that stands for no field. */
  readonly place: { readonly field: FieldPath } | { readonly flag: string };
  /** What is wrong, as the kubelet says it where it says anything. */
  readonly reason: string;
  readonly remedy: string;
}

export interface Rule {
  /** Its number in the list of rules from which it was taken; unique. */
  readonly id: string;
  /** First and last release in which it holds; absent: all that have the field. */
  readonly since?: string;
  readonly until?: string;
  /**
   * What it demands may come from where no object says it, such as a program that starts the kubelet: a
   * fault that is there only by default is not told of an object.
   */
  readonly mayBeMetOutside?: true;
  readonly check: (kubelet: KubeletInForce) => readonly Fault[];
}

/** A fault of a field, given by its dotted path, for which the kubelet does not start. */
export function refused(field: string, reason: string, remedy: string): Fault {
  return { kind: 'Refused', place: { field: field.split('.') }, reason, remedy };
}

/** The same for a key of a map or an item of a list. */
export function refusedIn(field: string, key: string | number, reason: string, remedy: string): Fault {
  return { kind: 'Refused', place: { field: [...field.split('.'), key] }, reason, remedy };
}

/** The same for a flag that stands for no field. */
export function refusedFlag(flag: string, reason: string, remedy: string): Fault {
  return { kind: 'Refused', place: { flag }, reason, remedy };
}

/** A fault with which the kubelet starts, and takes the value for something that nobody means. */
export function odd(field: string, reason: string, remedy: string, key?: string | number): Fault {
  return { kind: 'Odd', place: { field: [...field.split('.'), ...(key === undefined ? [] : [key])] }, reason, remedy };
}
