/** Whether a change asks for a node without pods; the request to the controller says so. Pure. */

import type { Comparison } from '../../kubelet/settings/compare.ts';
import { asksForEmptyNode, isOtherMinor } from '../../kubelet/settings/empty-node.ts';
import type { Action } from '../model/action.ts';
import type { TransactionRecord } from '../model/record.ts';

/**
 * Notes in a request whether its change asks for an empty node. A request that stands already is corrected:
 * an earlier build did not say it.
 *
 * @param comparison of the kubelet's settings by the files of the host, before and after the change
 */
export function heedEmptyNode(
  action: Action,
  comparison: Comparison | undefined,
  committed: TransactionRecord | undefined,
): Action {
  if (action.kind !== 'Ask') return action;
  const { needsEmptyNode: _before, ...request } = action.request;
  const needs = needsEmptyNode(action.record, comparison, committed);
  return { ...action, request: { ...request, ...(needs && { needsEmptyNode: true }) } };
}

/**
 * Of a state file of other settings the kubelet itself says: please drain this node and delete the file. See
 * also https://kubernetes.io/docs/tasks/administer-cluster/cpu-management-policies/ ("Changing the CPU
 * Manager Policy").
 */
function needsEmptyNode(
  { stateFiles = [], kubeletVersion }: TransactionRecord,
  comparison: Comparison | undefined,
  committed: TransactionRecord | undefined,
): boolean {
  const losesAssignments = stateFiles.some(({ before }) => before === 'Aside');
  return (
    losesAssignments || asksForEmptyNode(comparison?.changes ?? []) || isOtherMinor(committed?.kubeletVersion, kubeletVersion)
  );
}
