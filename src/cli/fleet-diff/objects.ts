/** Objects of files against those of the cluster: which are new, which differ and in what. Pure. */

import { contentOf } from '../../api/content.ts';
import { canonicalJson, type Json } from '../../api/json.ts';
import { withoutNulls } from '../../api/nulls.ts';
import { formatPath } from '../../api/problem.ts';
import { specSchema } from '../../api/schema/schema.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { leaves } from '../../desired/tree.ts';
import { isDeleting } from '../../fleet/member.ts';

/** `Absent`: only the cluster has it, and it stays: nothing is deleted because a file does not have it. */
export type ObjectChange = 'New' | 'Changed' | 'Same' | 'Absent';

export interface ObjectDiff {
  readonly name: string;
  readonly change: ObjectChange;
  /** Paths of the fields that differ; values may be secret. */
  readonly fields: readonly string[];
  /** Whether it gives another content to nodes; the selector and the rollout are no part of that. */
  readonly isOtherContent: boolean;
  /** As the cluster would have it. */
  readonly after: KubeletConfig;
}

/** Of two objects in conflict the younger is to blame: the one that is not there yet. */
const youngest = '9999-12-31T23:59:59Z';

/** All objects of both, by name. */
export function diffObjects(given: readonly KubeletConfig[], stored: readonly KubeletConfig[]): ObjectDiff[] {
  const before = new Map(stored.map((object) => [object.metadata.name, object]));
  const names = new Set(given.map(({ metadata }) => metadata.name));
  const diffs = [
    ...given.map((object) => diffOf(object, before.get(object.metadata.name))),
    ...stored.filter(({ metadata }) => !names.has(metadata.name)).map((object) => unchanged(object, 'Absent')),
  ];
  return diffs.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function diffOf(given: KubeletConfig, stored: KubeletConfig | undefined): ObjectDiff {
  const { name } = given.metadata;
  if (stored === undefined) {
    const after = { ...given, metadata: { ...given.metadata, creationTimestamp: youngest, generation: 1 } };
    return { name, change: 'New', fields: [], isOtherContent: true, after };
  }
  const fields = differingFields(stored.spec, given.spec);
  if (fields.length === 0) return unchanged(stored, 'Same');
  // The API server keeps all of the metadata that the file does not say.
  const metadata = { ...stored.metadata, generation: (stored.metadata.generation ?? 0) + 1 };
  const after = { ...stored, metadata, spec: given.spec };
  return { name, change: 'Changed', fields, isOtherContent: contentOf(stored) !== contentOf(after), after };
}

function unchanged(object: KubeletConfig, change: 'Same' | 'Absent'): ObjectDiff {
  return { name: object.metadata.name, change, fields: [], isOtherContent: false, after: object };
}

/** What the API server adds to an object that leaves it out. */
const serverDefaults: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries(specSchema.properties).flatMap(([name, field]) => ('default' in field ? [[name, field.default]] : [])),
);

/** null sets nothing, wherever it stands. */
function differingFields(before: KubeletConfig['spec'], after: KubeletConfig['spec']): string[] {
  const [one, other] = [before, after].map((spec) => {
    const found = leaves({ ...serverDefaults, ...withoutNulls(spec) } as unknown as Json);
    return new Map(found.map(({ path, value }) => [formatPath(path), canonicalJson(value)]));
  });
  const paths = new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])]);
  return [...paths].filter((path) => one?.get(path) !== other?.get(path)).sort();
}

/** The objects that the cluster would have; one that is being deleted stays on its way. */
export function objectsAfter(diffs: readonly ObjectDiff[]): KubeletConfig[] {
  return diffs.map(({ after }) => after);
}

/** An object that is being deleted cannot be changed any more. */
export function leavingNames(diffs: readonly ObjectDiff[]): string[] {
  return diffs.filter(({ after, change }) => isDeleting(after) && change !== 'Absent').map(({ name }) => name);
}
