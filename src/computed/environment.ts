/**
 * The expression language: CEL with typed variables, `min` and `max` of ours, optional access, and limits.
 */

import { Environment } from '@marcbachmann/cel-js';
import { members } from './facts.ts';

/** The limits of one expression: the library has no bound of cost. */
export const limits = { nodes: 128, depth: 24, nestedMacros: 2, elements: 32, arguments: 4 } as const;

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
  return built;
}
