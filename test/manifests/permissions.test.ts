/** What RBAC grants is what docs/permissions.md says. */

import { expect, test } from 'vitest';
import { controllerLease } from '../../src/cluster/resources.ts';
import { applied, type Manifest, textOf } from './documents.ts';

/** By the subject of its binding, in the order of the columns. */
const columns = ['ServiceAccount/agent', 'Group/system:nodes', 'ServiceAccount/controller'];

/** Which verbs each column has on which resource in which namespace, `resource@namespace` the key. */
function granted(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { metadata, roleRef, subjects = [] } of applied.filter((manifest) => manifest.roleRef)) {
    for (const { resources, verbs } of roleOf(roleRef, metadata.namespace).rules ?? []) {
      for (const resource of resources) {
        const key = `${resource}@${metadata.namespace ?? 'the cluster'}`;
        const cells = found.get(key) ?? columns.map(() => '');
        for (const { kind, name } of subjects) cells[columns.indexOf(`${kind}/${name}`)] = verbs.join(' ');
        found.set(key, cells);
      }
    }
  }
  return found;
}

function roleOf(roleRef: Manifest['roleRef'], namespace: string | undefined): Manifest {
  const role = applied.find(
    ({ kind, metadata }) =>
      kind === roleRef?.kind && metadata.name === roleRef.name && (kind === 'ClusterRole' || metadata.namespace === namespace),
  );
  if (!role) throw new Error(`no ${roleRef?.kind} ${roleRef?.name}`);
  return role;
}

function documented(): Map<string, string[]> {
  const rows = [...textOf('docs/permissions.md').matchAll(/^\| `([\w/]+)` \|(.+)\|$/gm)];
  return new Map(
    rows.map(([, resource, rest = '']) => {
      const [namespace, ...cells] = rest.split('|').map((cell) => cell.trim());
      return [`${resource}@${namespace}`, cells];
    }),
  );
}

test('the table of docs/permissions.md is what RBAC grants', () => {
  const sorted = (table: Map<string, string[]>) => [...table].sort(([a], [b]) => a.localeCompare(b));
  expect(sorted(documented())).toEqual(sorted(granted()));
});

test('nothing is granted by a wildcard, by another name than that of the Lease, or into roles that others have', () => {
  const roles = applied.filter(({ rules }) => rules);
  expect(roles.length).toBeGreaterThan(0);
  for (const role of roles) {
    expect(role).not.toHaveProperty('aggregationRule');
    expect(JSON.stringify(role.metadata)).not.toContain('aggregate-to');
    for (const rule of role.rules ?? []) {
      const { resourceNames, ...others } = rule;
      expect(Object.keys(others).sort()).toEqual(['apiGroups', 'resources', 'verbs']);
      // The one Lease that agents read.
      if (resourceNames)
        expect({ resourceNames, ...others, in: role.metadata.namespace }).toMatchObject({
          resources: ['leases'],
          resourceNames: [controllerLease.name],
          verbs: ['get'],
          in: controllerLease.namespace,
        });
      expect([...rule.apiGroups, ...rule.resources, ...rule.verbs]).not.toContain('*');
    }
  }
});

test('agents and controller have the same Lease', () => {
  const roles = applied.filter(({ rules }) => rules?.some(({ resourceNames }) => resourceNames));
  expect(roles.map(({ metadata }) => metadata)).toEqual([{ name: 'kubelet-config-agent', namespace: controllerLease.namespace }]);
  const started = applied.flatMap((manifest) => JSON.stringify(manifest).match(/--(lease-)?name(space)?=[^"]*/g) ?? []);
  expect(started).toEqual(['--namespace=$(POD_NAMESPACE)']);
});
