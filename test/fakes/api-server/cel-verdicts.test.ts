/** The double's verdicts by the CEL rules of our CRDs, against those of a real server (hack/record-cel-verdicts.ts). */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { celCases } from '../../api/schema/cel-cases.ts';
import { type Asking, startAsking } from './asking.ts';
import type { Schema } from './resource.ts';
import type { Rule } from './rules.ts';

interface Recording {
  readonly server: string;
  readonly verdicts: readonly {
    readonly what: string;
    readonly object: object;
    readonly accepted: boolean;
    readonly causes: readonly { readonly field: string; readonly message: string }[];
  }[];
}

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const recording: Recording = JSON.parse(read('test/vectors/cel-verdicts.json'));
const crds = ['kubeletconfigs', 'nodekubelets'].map((name) => parse(read(`crds/kubelet-config.dev_${name}.yaml`)));
const path = '/apis/kubelet-config.dev/v1alpha1/kubeletconfigs?dryRun=All&fieldValidation=Strict';

let asking: Asking;
beforeAll(async () => {
  asking = await startAsking({ crds });
});
afterAll(() => asking.server.stop());

/** The server tells them in no order. */
const sorted = (causes: Recording['verdicts'][number]['causes']) =>
  causes.map(({ field, message }) => `${field}: ${message}`).sort();

test.each(recording.verdicts)('$what: $object.spec', async ({ object, accepted, causes }) => {
  const { status, body } = await asking.ask('POST', path, object);
  const details = (body as { details?: { causes?: typeof causes } }).details;
  expect({ accepted: status === 201, causes: sorted(details?.causes ?? []) }).toEqual({ accepted, causes: sorted(causes) });
});

test('the recording is of all cases that there are: otherwise run hack/record-cel-verdicts.ts', () => {
  expect(recording.verdicts.map(({ what, object }) => ({ what, object }))).toEqual(celCases);
});

function rulesIn(schema: Schema): Rule[] {
  const { properties = {}, additionalProperties, items } = schema;
  const children = [...Object.values(properties), ...(typeof additionalProperties === 'object' ? [additionalProperties] : [])];
  return [...(schema['x-kubernetes-validations'] ?? []), ...[...children, ...(items ? [items] : [])].flatMap(rulesIn)];
}

const rules = crds.flatMap(({ spec }) =>
  spec.versions.flatMap((version: { schema: { openAPIV3Schema: Schema } }) => rulesIn(version.schema.openAPIV3Schema)),
);

test.each<Rule>(rules)('there are verdicts on both sides of $rule', ({ rule, message = '' }) => {
  const about = recording.verdicts.filter(({ what }) => what.endsWith(`: ${rule}`));
  expect(about.some(({ accepted }) => accepted)).toBe(true);
  expect(about.some(({ causes }) => causes.some((cause) => cause.message.includes(message)))).toBe(true);
});
