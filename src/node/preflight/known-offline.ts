/** What systemd says of a unit option and the checks of the object have said before. Pure. */

import { formatPath, type Problem } from '../../api/problem.ts';
import { startsWith } from '../../api/validate/parts.ts';

/** The option that systemd does not know, in the words of every version. */
const unknownOption = /^systemd says about (\S+)= in \[(\S+)\]: Unknown (?:lvalue|key) /;

/** The escapes of a command that systemd does not know, one message a word. */
const unknownEscape = /^systemd says about \S+= in \[\S+\]: Ignoring unknown escape sequences: /;

/**
 * The problems of preflight without those that a warning about the object has told already: that systemd does
 * not know an option, or an escape. What only the node's systemd knows stays, in its own words.
 */
export function withoutKnownOffline(found: readonly Problem[], warnings: readonly Problem[]): Problem[] {
  return found.filter((problem) => {
    if (unknownEscape.test(problem.reason)) return !warnings.some((known) => isAboutEscape(known, problem));
    const [, key, section] = (problem.severity === 'warning' && unknownOption.exec(problem.reason)) || [];
    return key === undefined || !warnings.some((known) => isAbout(known, problem, `${key} in [${section}]`));
  });
}

function isAbout({ code, path, reason }: Problem, problem: Problem, option: string): boolean {
  return code === problem.code && formatPath(path) === formatPath(problem.path) && reason.includes(` ${option}`);
}

/** Offline the problem stands at the one value of the option. */
function isAboutEscape({ code, path, reason }: Problem, problem: Problem): boolean {
  return code === problem.code && startsWith(path, problem.path) && reason.startsWith('systemd does not know the escape ');
}
