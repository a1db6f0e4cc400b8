/** Asks systemd how the last start of a unit ended. */

import { describeUnitEnd, type UnitEnd } from '../systemd/unit-end.ts';
import { cut } from '../text/cut.ts';
import { foreignLines } from '../text/foreign-text.ts';
import type { SystemdBus } from './systemd-bus.ts';

const mostCharacters = 400;

/**
 * Why the unit does not run, in words for a person and fit to be shown.
 * @throws SystemdError
 */
export async function explainEnd(bus: SystemdBus, unit: string): Promise<string> {
  const [path] = await bus.call({ member: 'LoadUnit', signature: 's', body: [unit] });
  const isService = unit.endsWith('.service');
  const end = isService ? await readEnd(bus, String(path)) : { result: '' };
  return cut(foreignLines(describeUnitEnd({ ...end, unmet: await readUnmet(bus, String(path)) })), mostCharacters);
}

async function readEnd(bus: SystemdBus, path: string): Promise<UnitEnd> {
  const [result, code, status] = await Promise.all(
    ['Result', 'ExecMainCode', 'ExecMainStatus'].map((name) => bus.property(path, 'Service', name)),
  );
  const main = { code: Number(code), status: Number(status) };
  // The main process was never started if a command before it failed.
  const command = main.code === 0 ? await readFailedCommand(bus, path) : undefined;
  return { result: String(result), main, ...(command && { command }) };
}

/** Program, words, whether its failure counts, four times, the PID, and how it ended. */
type Command = readonly [string, readonly string[], boolean, ...(bigint | number)[]];

async function readFailedCommand(bus: SystemdBus, path: string): Promise<UnitEnd['command']> {
  const commands = (await bus.property(path, 'Service', 'ExecStartPre')) as readonly Command[];
  for (const [, , isIgnored, ...numbers] of commands) {
    const [code, status] = [Number(numbers.at(-2)), Number(numbers.at(-1))];
    if (!isIgnored && code > 0 && !(code === 1 && status === 0)) return { key: 'ExecStartPre', code, status };
  }
  return undefined;
}

/**
 * The conditions and assertions for which the last start was not carried out, fit to be shown; undefined if
 * all were met, or if the unit was never to be started. After a reload systemd knows that there was one,
 * but no longer which: the list is then empty.
 * @throws SystemdError
 */
export async function unmetAtStart(bus: SystemdBus, path: string): Promise<string[] | undefined> {
  const names = ['ConditionResult', 'ConditionTimestamp', 'AssertResult', 'AssertTimestamp'];
  const [condition, triedAt, assertion, assertedAt] = await Promise.all(names.map((name) => bus.property(path, 'Unit', name)));
  const isUnmet = (Number(triedAt) > 0 && condition === false) || (Number(assertedAt) > 0 && assertion === false);
  if (!isUnmet) return undefined;
  return (await readUnmet(bus, path)).map((unmet) => cut(foreignLines(unmet), mostCharacters));
}

/** Name, `|`, `!`, the operand, and the state: 1 is met, -1 is not met, 0 was not looked at. */
type Condition = readonly [string, boolean, boolean, string, number];

/** Conditions are reset by a reload, so they are those of the start that is explained. */
async function readUnmet(bus: SystemdBus, path: string): Promise<string[]> {
  const lists = await Promise.all(['Conditions', 'Asserts'].map((name) => bus.property(path, 'Unit', name)));
  return (lists as readonly (readonly Condition[])[]).flatMap((conditions) => {
    // One of those with `|` suffices.
    const isOneMet = conditions.some(([, isTrigger, , , state]) => isTrigger && state > 0);
    return conditions
      .filter(([, isTrigger, , , state]) => state < 0 && !(isTrigger && isOneMet))
      .map(([name, isTrigger, isNegated, operand]) => `${name}=${isTrigger ? '|' : ''}${isNegated ? '!' : ''}${operand}`);
  });
}
