import { describe, expect, it } from 'vitest';
import { rootSchema, rulesOf, schemaNodes } from '../../../src/api/schema/walk.ts';
import { celValue, evaluateRule, ruleProblems } from '../../../src/api/validate/rules.ts';
import { ruleVectors } from './rule-vectors.ts';
import { changed, summary } from './valid.ts';

const rules = schemaNodes(rootSchema).flatMap(({ path, node }) =>
  rulesOf(node).map(({ rule }) => ({ place: path.join('.'), rule })),
);

describe('the CEL rules', () => {
  it.each(rules)('$place has accepting and refusing vectors', ({ rule }) => {
    const vectors = ruleVectors.filter((vector) => vector.rule === rule);
    expect(new Set(vectors.map(({ holds }) => holds))).toEqual(new Set([true, false]));
  });

  it('has no vector for a rule that is gone', () => {
    expect(ruleVectors.filter((vector) => !rules.some(({ rule }) => rule === vector.rule))).toEqual([]);
  });

  it.each(ruleVectors)('$holds: $rule on $self', ({ rule, self, holds }) => {
    expect(evaluateRule(rule, celValue(self))).toBe(holds ? 'holds' : 'violated');
  });

  it('uses only functions that both evaluators have', () => {
    const calls = rules.flatMap(({ rule }) =>
      [...rule.replace(/'[^']*'/g, "''").matchAll(/([A-Za-z_]+)\(/g)].map((match) => match[1]),
    );
    expect([...new Set(calls)].sort()).toEqual(['exists', 'filter', 'has', 'matches', 'size', 'startsWith', 'type']);
  });

  it('are evaluated wherever the schema carries them', () => {
    const object = changed(['spec', 'launcher', 'rkt', 'volumes', 1], { name: 'both', hostPath: '/a', empty: {} });
    expect(summary(ruleProblems(object, []))).toEqual(['spec.launcher.rkt.volumes[1]: RuleViolated']);
  });

  it('say nothing about a field whose shape is wrong already', () => {
    const path = ['spec', 'health', 'timeoutSeconds'];
    expect(ruleProblems(changed(path, 'soon'), [path])).toEqual([]);
    expect(summary(ruleProblems(changed(path, 'soon'), []))).toEqual(['spec.health: RuleViolated']);
  });
});
