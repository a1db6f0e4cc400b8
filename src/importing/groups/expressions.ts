/**
 * Finds the expression that gives each of several nodes exactly the value that it has. One that does not
 * give every value is none: nothing here guesses. Pure.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../api/json.ts';
import type { PathAllowance } from '../../api/paths.ts';
import { apiVersion, kind } from '../../api/schema/schema.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { computeWith } from '../../computed/evaluate.ts';
import type { ExpressionFacts } from '../../computed/facts.ts';
import { fieldAt } from '../../computed/field.ts';
import { stepsOf, tableOf } from './cases.ts';
import { type KnownValues, knownValues } from './known-values.ts';
import { numberOf } from './numbers.ts';
import { textOf } from './texts.ts';

/**
 * The flags and fields that name one node: a table of the nodes would give each its value, and no other
 * node one.
 */
const ownToANode =
  /(node-ip|hostname-override|provider-id|providerID|bind-address|address|node-labels|advertise|HOST|NAME|IP)["\]]*$/i;

/** What people set by the size of a machine. Steps by the size would be an accident for any other value. */
const ofTheSize =
  /max-?pods|podsPerCore|pods-per-core|reserved|eviction|Manager(Policy|Scope)|manager-policy|pids|QPS|burst|parallel|imageGC|image-gc|cpuCFS|containerLog|swap/i;

/**
 * Finds it; undefined if there is none.
 * @param path below `spec`, as an entry of `computed` writes it
 * @param values one for each node
 */
export function expressionFor(
  path: string,
  values: readonly Json[],
  nodes: readonly ExpressionFacts[],
  allowance: PathAllowance,
): string | undefined {
  const field = fieldAt(path);
  if ('reason' in field) return undefined;
  const known = withoutCycle(path, knownValues(nodes));
  const gives = (expression: string) => gaveAll(expression, { path, values, nodes, allowance });
  for (const expression of candidates(path, values, known)) if (gives(expression)) return expression;
  return undefined;
}

/** What the kubelet tells the API server of its node must not decide what the kubelet is told. */
function withoutCycle(path: string, { texts, numbers }: KnownValues): KnownValues {
  const excluded =
    path === 'kubelet.flags["hostname-override"]' ? ['node.'] : path === 'kubelet.flags["node-labels"]' ? ['node.labels'] : [];
  return { texts: texts.filter(({ expression }) => !excluded.some((start) => expression.startsWith(start))), numbers };
}

function* candidates(path: string, values: readonly Json[], known: KnownValues): Generator<string> {
  const texts = values.filter((value) => typeof value === 'string');
  const numbers = values.filter((value) => typeof value === 'number');
  const isOwn = ownToANode.test(path);
  if (texts.length === values.length) yield* textOf(texts, known, ofTheSize.test(path) ? 'Numbers' : 'NoNumbers');
  if (numbers.length === values.length) yield* numberOf(numbers, ofTheSize.test(path) ? known : { ...known, numbers: [] });
  const items = itemsOf(values, known);
  if (items !== undefined) yield items;
  if (!isOwn && ofTheSize.test(path)) yield* stepsOf(values, known);
  if (!isOwn) yield* tableOf(values, known);
}

/** Lists of texts, item by item. */
function itemsOf(values: readonly Json[], known: KnownValues): string | undefined {
  const lists = values.filter(
    (value): value is string[] => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  );
  const length = lists[0]?.length ?? 0;
  if (lists.length !== values.length || length === 0 || lists.some((list) => list.length !== length)) return undefined;
  const parts = Array.from({ length }, (_, index) => {
    const column = lists.map((list) => list[index] ?? '');
    for (const expression of textOf(column, known, 'NoNumbers')) return expression;
    return undefined;
  });
  return parts.every((part) => part !== undefined) ? `[${parts.join(', ')}]` : undefined;
}

interface Wanted {
  readonly path: string;
  readonly values: readonly Json[];
  readonly nodes: readonly ExpressionFacts[];
  readonly allowance: PathAllowance;
}

/** Evaluates as the agent of each node will. */
function gaveAll(expression: string, { path, values, nodes, allowance }: Wanted): boolean {
  const object: KubeletConfig = {
    apiVersion,
    kind,
    metadata: { name: 'imported' },
    spec: { nodeSelector: { matchLabels: {} }, computed: [{ path, expression }] },
  };
  return nodes.every((facts, index) => {
    const { values: found, problems } = computeWith(facts, allowance)(object);
    return problems.length === 0 && found.length === 1 && isDeepStrictEqual(found[0]?.value, values[index]);
  });
}
