/** Programs of this machine for the tests with pods, also in the network that hack/own-network has left. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { withPackages } from '../outer-network.ts';

const execute = promisify(execFile);

/** @returns standard output @throws Error with the end of both streams */
export async function ran(program: string, words: readonly string[], directory = '/'): Promise<string> {
  try {
    return (await execute(program, words, { cwd: directory, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${words.join(' ')} failed:\n${`${stdout}${stderr}`.slice(-4000)}`, { cause: error });
  }
}

/** The same, where packages can be had. */
export const outside = (program: string, words: readonly string[], directory = '/'): Promise<string> =>
  ran(...withPackages(program, ...words), directory);
