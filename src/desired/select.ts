/** Evaluates a metav1.LabelSelector as kube-apiserver does. */

import type { LabelSelector, Labels } from '../api/types.ts';

/**
 * Whether a selector selects a node with these labels. An empty selector selects each node. An absent label
 * satisfies NotIn and DoesNotExist (k8s.io/apimachinery pkg/labels Requirement.Matches).
 */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  const equalities = Object.entries(selector.matchLabels ?? {});
  return (
    equalities.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value) &&
    (selector.matchExpressions ?? []).every((requirement) => satisfies(requirement, labels))
  );
}

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

function satisfies({ key, operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      throw new TypeError(`label selector operator ${String(operator satisfies never)}`);
  }
}
