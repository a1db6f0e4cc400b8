import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  applied,
  containerOf,
  filesIn,
  isKustomization,
  kustomizationAt,
  manifestFiles,
  manifestsIn,
  textOf,
} from './documents.ts';

const { version } = JSON.parse(textOf('package.json')) as { version: string };
const files = [...manifestFiles, ...filesIn('crds')];
const folders = files.filter(isKustomization).map((path) => dirname(path));

const identity = ({ apiVersion, kind, metadata }: (typeof applied)[number]) =>
  `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

describe.each(folders)('%s', (folder) => {
  const { resources } = kustomizationAt(folder);

  test('lists all of its manifests, and only what is there', () => {
    const beside = files.filter((path) => dirname(path) === folder && path.endsWith('.yaml') && !isKustomization(path));
    const listed = resources.map((resource) => join(folder, resource));
    expect(listed.filter((path) => path.endsWith('.yaml')).sort()).toEqual(beside);
    for (const other of listed.filter((path) => !path.endsWith('.yaml'))) expect(folders).toContain(other);
  });
});

test('what one way of installing applies, it applies once', () => {
  const identities = applied.map(identity);
  expect(identities).toEqual([...new Set(identities)]);
});

test('every place that sets the image sets this version of it', () => {
  const images = folders.flatMap((folder) => kustomizationAt(folder).images ?? []);
  const used = new Set(applied.filter(({ spec }) => spec?.template).map((manifest) => containerOf(manifest).image));
  expect(images).toHaveLength(2);
  expect(new Set(images.map(({ name }) => name))).toEqual(used);
  expect(new Set(images.map(({ newTag }) => newTag))).toEqual(new Set([`v${version}`]));
});

test('what starts pods selects the pods that it starts', () => {
  const starting = applied.filter(({ spec }) => spec?.template);
  expect(starting.map(({ metadata }) => metadata.name)).toEqual(['controller', 'agent']);
  for (const { spec } of starting) expect(spec?.selector?.matchLabels).toEqual(spec?.template?.metadata.labels);
});

test('whom a binding, a policy or a pod names is there', () => {
  const there = applied.map(identity);
  const rbac = 'rbac.authorization.k8s.io/v1';
  for (const { kind, metadata, roleRef, subjects = [], spec } of applied) {
    if (roleRef)
      expect(there).toContain(`${rbac} ${roleRef.kind} ${roleRef.kind === 'Role' ? metadata.namespace : ''}/${roleRef.name}`);
    for (const subject of subjects) {
      if (subject.kind === 'ServiceAccount') expect(there).toContain(`v1 ServiceAccount ${subject.namespace}/${subject.name}`);
      else expect(subject).toMatchObject({ kind: 'Group', name: 'system:nodes' });
    }
    if (kind === 'ValidatingAdmissionPolicyBinding')
      expect(there).toContain(`admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy /${spec?.policyName}`);
    const account = spec?.template?.spec.serviceAccountName;
    if (account !== undefined) expect(there).toContain(`v1 ServiceAccount ${metadata.namespace}/${account}`);
    for (const { expression } of spec?.matchConditions ?? []) {
      const [, namespace, name] = /system:serviceaccount:([a-z-]+):([a-z-]+)/.exec(expression) ?? [];
      // That of Kubernetes itself.
      if (namespace === 'kube-system') continue;
      expect(there, `the policy ${metadata.name} would apply to nobody`).toContain(`v1 ServiceAccount ${namespace}/${name}`);
    }
  }
});

test('the examples for GitOps are YAML', () => {
  const examples = filesIn('examples/gitops').flatMap(manifestsIn);
  expect(examples.length).toBeGreaterThan(0);
});
