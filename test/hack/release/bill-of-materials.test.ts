import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, bundle } from '../../../hack/executable/bundle.ts';
import { type BillOfMaterials, billOfMaterials } from '../../../hack/release/bill-of-materials.ts';
import { NoLicenceText, thirdPartyLicences } from '../../../hack/release/licences.ts';

const runtime = { version: '24.0.0', parts: { node: '24.0.0', openssl: '3.5.0', nghttp3: '' }, licence: 'Node.js is licensed' };
let made: Bundle;
let bill: BillOfMaterials;
beforeAll(async () => {
  made = await bundle();
  bill = billOfMaterials(made.metafile, runtime);
});

/** `node_modules/@scope/name/…`, also one below another. */
const packageOf = (path: string) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
const fullName = ({ group, name }: { group?: string; name: string }) => (group === undefined ? name : `${group}/${name}`);

/** Of the CycloneDX project, in the library that made most of the bill. */
const schema = (name: string) =>
  JSON.parse(readFileSync(`node_modules/@cyclonedx/cyclonedx-library/res/schema/${name}.SNAPSHOT.schema.json`, 'utf8')) as object;

describe('the bill of materials', () => {
  test('is one by the schema of CycloneDX 1.6', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    for (const name of ['spdx', 'jsf-0.82'])
      ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
    const isValid = ajv.compile(schema('bom-1.6'));
    isValid(bill);
    expect(isValid.errors ?? []).toEqual([]);
  });

  test('lists each package that is bundled, and no other', () => {
    const bundled = Object.values(made.metafile.outputs)
      .flatMap(({ inputs }) => Object.keys(inputs))
      .flatMap((path) => packageOf(path) ?? []);
    const listed = bill.components.filter(({ type }) => type !== 'platform').map(fullName);
    expect([...new Set(listed)].sort()).toEqual([...new Set(bundled)].sort());
    expect(listed).toContain('@kubernetes/client-node');
  });

  test('gives each its version, its licence and an address', () => {
    for (const component of bill.components) {
      expect(component, fullName(component)).toMatchObject({
        version: expect.stringMatching(/^\d/),
        purl: expect.stringMatching(/^pkg:/),
        licenses: [expect.anything()],
      });
    }
  });

  test('lists Node.js with its parts, and says that kubelet-config depends on it', () => {
    const node = bill.components.find(({ name }) => name === 'node');
    expect(node?.components?.map(({ purl }) => purl)).toEqual(['pkg:generic/openssl@3.5.0']);
    const own = bill.dependencies.find(({ ref }) => ref === bill.metadata.component['bom-ref']);
    expect(own?.dependsOn).toContain(node?.['bom-ref']);
  });

  test('names in its dependencies only what it lists', () => {
    const known = [bill.metadata.component, ...bill.components].map((component) => component['bom-ref']);
    for (const { ref, dependsOn = [] } of bill.dependencies) for (const one of [ref, ...dependsOn]) expect(known).toContain(one);
  });
});

describe('the licence texts', () => {
  test('are there for everything that the executable contains', () => {
    const text = thirdPartyLicences(bill);
    for (const component of bill.components) expect(text).toContain(`\n${fullName(component)} ${component.version} (`);
    expect(text).toContain('Node.js is licensed');
  });

  test('are refused if one is missing', () => {
    const [first, ...others] = bill.components;
    const without = { ...bill, components: [{ ...first, type: 'library', name: 'left-pad', evidence: {} }, ...others] };
    expect(() => thirdPartyLicences(without)).toThrow(NoLicenceText);
    expect(() => thirdPartyLicences(without)).toThrow(/left-pad .* no text of its licence/);
  });
});
