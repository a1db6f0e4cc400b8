/**
 * Applies the RFC 6902 patches of an object to the merged fields. They do what a merge cannot, such as remove
 * a field.
 */

import jsonPatch, { type Operation } from 'fast-json-patch';
import type { Json } from '../api/json.ts';
import type { Problem } from '../api/problem.ts';
import type { KubeletConfig } from '../api/types.ts';

export interface Patched {
  readonly fields: Json;
  readonly problems: readonly Problem[];
}

/**
 * Applies the patches in their order. A patch that fails is reported with its index and changes nothing. To
 * remove a field that is not there is only a warning: the result is what the patch asks for.
 */
export function applyPatches(fields: Json, object: KubeletConfig): Patched {
  const problems: Problem[] = [];
  let current = fields;
  for (const [index, patch] of (object.spec.patches ?? []).entries()) {
    const problem = (partial: Pick<Problem, 'severity' | 'code' | 'reason' | 'remedy'>) =>
      problems.push({ ...partial, path: ['spec', 'patches', index], object: object.metadata.name });
    if (patch.op === 'remove' && find(current, patch.path) === undefined) {
      problem({
        severity: 'warning',
        code: 'PatchWithoutEffect',
        reason: `removes ${patch.path}, which no object sets`,
        remedy: 'remove the patch, or correct its path',
      });
      continue;
    }
    try {
      current = jsonPatch.applyPatch(structuredClone(current), [structuredClone(patch) as Operation], true).newDocument as Json;
    } catch (error) {
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
      problem({
        severity: 'error',
        code: 'PatchFailed',
        reason: `the ${patch.op} of ${patch.path} cannot be applied: ${reason}`,
        remedy: 'see what the patch is applied to with: kubelet-config explain',
      });
    }
  }
  return { fields: current, problems };
}

function find(fields: Json, pointer: string): Json | undefined {
  try {
    return jsonPatch.getValueByPointer(fields, pointer) as Json | undefined;
  } catch {
    return undefined;
  }
}
