/**
 * Evictions as kube-apiserver answers them (pkg/registry/core/pod/storage/eviction.go): a PodDisruptionBudget that selects the pod and
 * allows no disruption refuses; otherwise the pod is deleted, at once or, on a node, with a grace period.
 */

import { type ApiObject, isMap, type JsonMap, timestamp } from './object.ts';
import { type Answer, bodyOf, type ObjectRequest, stored } from './object-request.ts';
import { storageKey } from './resource.ts';
import { conflict, StatusError } from './status.ts';
import { objectKey, type Store } from './store.ts';

const budgets = storageKey({ group: 'policy', plural: 'poddisruptionbudgets' });
const defaultGraceSeconds = 30;

/** @throws StatusError 404; 409 for another uid; 429 when a budget refuses */
export function evictPod(store: Store, request: ObjectRequest): Answer {
  const { route, now } = request;
  const pod = stored(store, route);
  const { name, namespace, uid } = pod.metadata;
  const asked = partOf(partOf(bodyOf(request), 'deleteOptions'), 'preconditions')['uid'];
  if (asked !== undefined && asked !== uid) {
    const why = `the UID in the precondition (${asked}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict({ ...route.resource, plural: route.resource.kind }, name, why);
  }
  if (!isFree(pod)) takeDisruption(store, pod);
  const key = objectKey(namespace, name);
  const isBound = partOf(pod, 'spec')['nodeName'] !== undefined;
  if (!isBound) store.remove(storageKey(route.resource), key);
  else if (pod.metadata.deletionTimestamp === undefined) {
    const ending = {
      deletionTimestamp: timestamp(now + defaultGraceSeconds * 1000),
      deletionGracePeriodSeconds: defaultGraceSeconds,
    };
    store.put(storageKey(route.resource), key, { ...pod, metadata: { ...pod.metadata, ...ending } });
  }
  return { status: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
}

/** A pod that has not begun, has ended or is being deleted disrupts nothing. */
function isFree(pod: ApiObject): boolean {
  const phase = partOf(pod, 'status')['phase'];
  return phase === 'Pending' || phase === 'Succeeded' || phase === 'Failed' || pod.metadata.deletionTimestamp !== undefined;
}

function takeDisruption(store: Store, { metadata: { namespace, labels = {} } }: ApiObject): void {
  const matching = store.at(budgets).objects.find(([, budget]) => {
    const wanted = partOf(partOf(partOf(budget, 'spec'), 'selector'), 'matchLabels');
    return budget.metadata.namespace === namespace && Object.entries(wanted).every(([label, value]) => labels[label] === value);
  });
  if (!matching) return;
  const [key, budget] = matching;
  const status = partOf(budget, 'status');
  const allowed = Number(status['disruptionsAllowed'] ?? 0);
  if (allowed <= 0) throw refused(budget.metadata.name, status);
  store.put(budgets, key, { ...budget, status: { ...status, disruptionsAllowed: allowed - 1 } });
}

function refused(name: string, { desiredHealthy = 0, currentHealthy = 0 }: JsonMap): StatusError {
  const message = `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  const details = { causes: [{ reason: 'DisruptionBudget', message }] };
  return new StatusError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    details,
  });
}

function partOf(value: unknown, name: string): JsonMap {
  const part = isMap(value) ? value[name] : undefined;
  return isMap(part) ? part : {};
}
