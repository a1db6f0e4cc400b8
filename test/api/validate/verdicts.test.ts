/**
 * Compares the offline validation by CEL rules with the verdicts of a real server
 * (hack/record-cel-verdicts.ts).
 */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatPath, hasErrors } from '../../../src/api/problem.ts';
import { rootSchema, rulesOf, schemaNodes } from '../../../src/api/schema/walk.ts';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';

interface Verdict {
  readonly what: string;
  readonly object: object;
  readonly accepted: boolean;
  readonly causes: readonly { readonly field: string; readonly message: string }[];
}

const { verdicts }: { readonly verdicts: readonly Verdict[] } = JSON.parse(
  readFileSync(new URL('../../vectors/cel-verdicts.json', import.meta.url), 'utf8'),
);
const messages = schemaNodes(rootSchema).flatMap(({ node }) => rulesOf(node).map(({ reason, remedy }) => `${reason}; ${remedy}`));

test.each(verdicts)('$what: $object.spec', ({ object, accepted, causes }) => {
  const problems = validateKubeletConfig(object);
  const violated = problems
    .filter(({ code }) => code === 'RuleViolated')
    .map(({ path, reason, remedy }) => `${formatPath(path) || '<nil>'}: ${reason}; ${remedy}`);
  const told = causes.flatMap(({ field, message }) =>
    messages.filter((text) => message.endsWith(text)).map((text) => `${field}: ${text}`),
  );
  if (!accepted) expect(hasErrors(problems)).toBe(true);
  // Where a place has a fault of another kind too, the offline validation leaves its rules out.
  if (told.length === causes.length) expect(violated.sort()).toEqual(told.sort());
});
