/** Programs of a host that answer as a test says, and remember what they were asked. */

import { HostProgramError, type HostPrograms, type ProgramOptions, type ProgramResult } from '../../src/node/ports/programs.ts';

export interface ScriptedPrograms extends HostPrograms {
  /** What was run, as words. */
  readonly calls: readonly string[];
  /** From now on; a program without an answer is not there. May look at what stands on the host while it runs. */
  answer(program: string, answer: (options: ProgramOptions) => Partial<ProgramResult> | Promise<Partial<ProgramResult>>): void;
}

export function scriptedPrograms(): ScriptedPrograms {
  const calls: string[] = [];
  const answers = new Map<string, Parameters<ScriptedPrograms['answer']>[1]>();
  return {
    calls,
    answer: (program, answer) => void answers.set(program, answer),
    run: async (words, options) => {
      calls.push(words.join(' '));
      const answer = answers.get(words[0] ?? '');
      if (!answer) throw new HostProgramError('NotFound', words, 'the host has none');
      return { exitCode: 0, stdout: '', stderr: '', ...(await answer(options)) };
    },
  };
}
