/**
 * Whether the processes of the unit run the command that systemd has loaded. Pure.
 *
 * The main process may be a shell, or what a wrapper has become, so every process of the unit is looked at. A
 * wrapper may add words of its own; what counts is that the words of the unit reach a process in one piece.
 * Where no process can be recognised as a kubelet (rkt with a stage1 of its own, programs that take the
 * kubelet's place), nothing is said: a false alarm would take a good kubelet down.
 */

import { imagePlace } from '../../kubelet/installed/container-run.ts';
import { lastNameOf } from '../../systemd/install-links.ts';
import type { UnitProcess } from '../model/machine.ts';

/**
 * The words with which a kubelet of the unit runs although they are not those of the unit; undefined if all
 * is well, or if that cannot be told.
 *
 * @param command as systemd has it loaded, with `$` doubled
 */
export function otherKubelet(command: readonly string[], processes: readonly UnitProcess[]): readonly string[] | undefined {
  const inside = wordsInContainer(command);
  const expected = [command.slice(1), ...(inside === undefined ? [] : [inside])].map((words) => words.map(literal));
  // Only the environment of the process says what these become.
  if (expected.some((words) => words.length === 0 || words.includes(undefined))) return undefined;
  if (processes.some((process) => expected.some((words) => holds(process.words, words)))) return undefined;
  return processes.find((process) => isKubelet(process.words))?.words;
}

/**
 * The command line of a kubelet of the unit that does not have these words one after the other; undefined if
 * one has them, or if no kubelet can be recognised.
 */
export function withoutWords(words: readonly string[], processes: readonly UnitProcess[]): readonly string[] | undefined {
  if (processes.some((process) => holds(process.words, words))) return undefined;
  return processes.find((process) => isKubelet(process.words))?.words;
}

/**
 * The words that `podman run` gives to the kubelet, those behind the image; undefined for another command.
 * Podman itself may end once the container runs.
 */
function wordsInContainer(command: readonly string[]): readonly string[] | undefined {
  const image = imagePlace(command);
  return image === undefined ? undefined : command.slice(image + 1);
}

/** A word of ExecStart as the process gets it; undefined if systemd puts a variable in. */
function literal(word: string): string | undefined {
  return /\$[A-Za-z_{]/.test(word.replaceAll('$$', '')) ? undefined : word.replaceAll('$$', '$');
}

/** True if the words stand in the command line one after the other. */
function holds(commandLine: readonly string[], words: readonly (string | undefined)[]): boolean {
  return commandLine.some((_, start) => words.every((word, index) => commandLine[start + index] === word));
}

/** `/usr/bin/kubelet …`, `hyperkube kubelet …`, or a script of that name: `/bin/bash /usr/bin/kubelet …`. */
function isKubelet([program = '', second = '']: readonly string[]): boolean {
  const name = lastNameOf(program);
  if (name === 'kubelet') return true;
  return name === 'hyperkube' ? second === 'kubelet' : /^(ba|da|z|k)?sh$/.test(name) && lastNameOf(second) === 'kubelet';
}
