/**
 * The expression language: CEL with typed variables, `min` and `max` of ours, optional access, and limits.
 */

import { Environment } from '@marcbachmann/cel-js';
import { cut } from '../text/cut.ts';
import { members } from './facts.ts';

/** The limits of one expression: the library has no bound of cost. */
export const limits = { nodes: 128, depth: 24, nestedMacros: 2, elements: 32, arguments: 4 } as const;

/**
 * The name under which `int` is evaluated. The library's own takes the empty text for 0, where CEL has an
 * error, and cannot be replaced: a label without a value would set maxPods to 0.
 */
export const strictInt = 'wholeNumber';

let made: Environment | undefined;

/** Made at the first call: to build it takes milliseconds. */
export function environment(): Environment {
  made ??= build();
  return made;
}

function build(): Environment {
  const { nodes, depth, elements, arguments: words } = limits;
  const built = new Environment({
    unlistedVariablesAreDyn: false,
    enableOptionalTypes: true,
    limits: {
      maxAstNodes: nodes,
      maxDepth: depth,
      maxListElements: elements,
      maxMapEntries: elements,
      maxCallArguments: words,
    },
  });
  built.registerVariable({ name: 'node', schema: { ...members.node } });
  built.registerVariable({ name: 'machine', schema: { ...members.machine } });
  built.registerVariable('environmentFiles', 'map<string, map<string, string>>');
  for (const type of ['int', 'double']) {
    built.registerFunction(`min(${type}, ${type}): ${type}`, (a: number | bigint, b: number | bigint) => (a < b ? a : b));
    built.registerFunction(`max(${type}, ${type}): ${type}`, (a: number | bigint, b: number | bigint) => (a > b ? a : b));
  }
  built.registerFunction(`${strictInt}(int): int`, (value: bigint) => value);
  built.registerFunction(`${strictInt}(double): int`, intOfDouble);
  built.registerFunction(`${strictInt}(string): int`, intOfText);
  return built;
}

function intOfDouble(value: number): bigint {
  const whole = Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined;
  if (whole !== undefined && whole === BigInt.asIntN(64, whole)) return whole;
  throw new RangeError(`int(): ${value} is not a number of 64 bits`);
}

function intOfText(value: string): bigint {
  const whole = /^-?[0-9]{1,19}$/.test(value) ? BigInt(value) : undefined;
  if (whole !== undefined && whole === BigInt.asIntN(64, whole)) return whole;
  throw new RangeError(`int(): ${JSON.stringify(cut(value, 60))} is not a whole number`);
}
