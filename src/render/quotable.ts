/** Texts that no quoting can carry through a unit file, found before the unit is written. */

import type { FieldPath, ProblemCode } from '../api/problem.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import { refusal, type SpecProblem } from '../desired/spec-problem.ts';
import { unquotableReason, unstartableReason } from '../systemd/quoting.ts';
import type { Launcher } from './launchers/launcher.ts';

/**
 * An error for each text of the spec that no unit file can carry, and for each program that systemd cannot
 * start.
 */
export function quotableProblems({ kubelet, unit }: EffectiveSpec, { kind, fields, programs }: Launcher): SpecProblem[] {
  return [
    ...textProblems('FlagInvalid', ['kubelet', 'flags'], kubelet.flags),
    ...textProblems('InvalidValue', ['kubelet', 'configurationPath'], kubelet.configurationPath),
    ...textProblems('InvalidValue', ['launcher', kind], fields),
    ...textProblems('UnitInvalid', ['unit', 'environment'], unit.environment),
    ...textProblems('UnitInvalid', ['unit', 'options'], unit.options),
    ...programs.flatMap(({ path, field }) => programProblems(field, path)),
  ];
}

/** Checks every text below a value. An item of a keyed list (volumes) stands in the path by its name. */
function textProblems(code: ProblemCode, path: FieldPath, value: unknown): SpecProblem[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => textProblems(code, [...path, keyOf(value, key, inner)], inner));
  }
  const problem = typeof value === 'string' ? unquotableReason(value) : undefined;
  if (problem === undefined) return [];
  return [refusal(code, path, `no unit file can carry the value: ${problem.reason}`, 'remove the character')];
}

function keyOf(list: object, key: string, item: unknown): string | number {
  if (!Array.isArray(list)) return key;
  const hasName = typeof item === 'object' && item !== null && 'name' in item && typeof item.name === 'string';
  return hasName ? String(item.name) : Number(key);
}

function programProblems(path: FieldPath, program: string): SpecProblem[] {
  const reason = unquotableReason(program) === undefined ? unstartableReason(program) : undefined;
  if (reason === undefined) return [];
  return [
    refusal('UnitInvalid', path, `systemd cannot start ${JSON.stringify(program)}: ${reason}`, 'give the program another path'),
  ];
}
