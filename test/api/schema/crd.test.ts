import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { kubeletConfigCrd, nodeKubeletCrd } from '../../../src/api/schema/crd.ts';
import { mergedFields } from '../../../src/api/schema/schema.ts';
import { type Schema, schemaNodes } from '../../../src/api/schema/walk.ts';

interface Crd {
  readonly spec: { readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }] };
}

const names = (found: readonly { readonly name: string }[]) => found.map(({ name }) => name);

/** Each node below spec and status. The API server defines apiVersion, kind and metadata. */
function ownNodes(crd: Crd) {
  return schemaNodes(crd.spec.versions[0].schema.openAPIV3Schema)
    .map(({ path, node }) => ({ name: path.join('.'), path, node }))
    .filter(({ path }) => path.length === 0 || path[0] === 'spec' || path[0] === 'status');
}

describe.each([
  {
    crd: kubeletConfigCrd() as Crd,
    plural: 'kubeletconfigs',
    shortName: 'kc',
    columns: ['Matched', 'Updated', 'Held', 'Failed', 'Warnings', 'Ready', 'Status', 'Message', 'Age'],
  },
  {
    crd: nodeKubeletCrd() as Crd,
    plural: 'nodekubelets',
    shortName: 'nk',
    columns: ['Phase', 'Ready', 'Warnings', 'Applied', 'Kubelet', 'Age', 'Message'],
  },
])('the CRD of $plural', ({ crd, plural, shortName, columns }) => {
  const ours = ownNodes(crd);

  it('is the file in crds/', () => {
    const text = readFileSync(new URL(`../../../crds/kubelet-config.dev_${plural}.yaml`, import.meta.url), 'utf8');
    expect(parse(text, { version: '1.1' })).toEqual(crd);
    expect(text).toMatch(/^---\n# Generated .* `npm run generate`/);
  });

  it('describes every field', () => {
    expect(names(ours.filter(({ node }) => !node.description))).toEqual([]);
  });

  it('limits every string, list and map, as the cost estimate of CEL asks', () => {
    const unlimited = ours.filter(({ node }) => {
      if (node.type === 'string') return !('maxLength' in node || 'enum' in node || node['format'] === 'date-time');
      if (node.type === 'array') return !('maxItems' in node);
      return node.additionalProperties !== undefined && !('maxProperties' in node);
    });
    expect(names(unlimited)).toEqual([]);
  });

  it('is structural: every field has a type, and no object has both properties and additionalProperties', () => {
    const untyped = ours.filter(
      ({ node }) => !node.type && !node['x-kubernetes-preserve-unknown-fields'] && !node['x-kubernetes-int-or-string'],
    );
    expect(names(untyped)).toEqual([]);
    expect(names(ours.filter(({ node }) => node.properties && 'additionalProperties' in node))).toEqual([]);
    expect(names(ours.filter(({ node }) => 'patternProperties' in node || 'oneOf' in node || '$ref' in node))).toEqual([]);
  });

  it('has only keywords that an API server knows', () => {
    const keywords = new Set(ours.flatMap(({ node }) => Object.keys(node)));
    const known = [
      'type',
      'description',
      'format',
      'default',
      'enum',
      'pattern',
      'minLength',
      'maxLength',
      'minimum',
      'maximum',
      'maxItems',
      'minProperties',
      'maxProperties',
      'items',
      'properties',
      'required',
      'additionalProperties',
      'anyOf',
      'x-kubernetes-validations',
      'x-kubernetes-list-type',
      'x-kubernetes-list-map-keys',
      'x-kubernetes-map-type',
      'x-kubernetes-preserve-unknown-fields',
      'x-kubernetes-int-or-string',
    ];
    expect([...keywords].filter((keyword) => !known.includes(keyword))).toEqual([]);
  });

  it('shows short name, category, printer columns and status subresource', () => {
    expect(crd).toMatchObject({
      metadata: { name: `${plural}.kubelet-config.dev` },
      spec: {
        scope: 'Cluster',
        names: { plural, shortNames: [shortName], categories: ['kubelet-config'] },
        versions: [{ subresources: { status: {} }, additionalPrinterColumns: columns.map((name) => ({ name })) }],
      },
    });
  });
});

test('a KubeletConfig has no default below a merged field', () => {
  const merged = ownNodes(kubeletConfigCrd() as Crd).filter(
    ({ path }) => path[0] === 'spec' && (mergedFields as readonly unknown[]).includes(path[1]),
  );
  expect(merged.length).toBeGreaterThan(50);
  expect(names(merged.filter(({ node }) => 'default' in node))).toEqual([]);
});
