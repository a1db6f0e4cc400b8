/** The examples of the documentation, as a reader tries them. */

import { expect, test } from 'vitest';
import { run } from '../cli/in-process.ts';
import { exampleFiles } from '../examples.ts';

test.each(exampleFiles)('examples/%s is valid, and nothing is to be said about it', async (path) => {
  expect(await run(['validate', '-f', `examples/${path}`])).toEqual({
    exitCode: 0,
    stdout: expect.stringMatching(/^\d+ objects? in 1 file: valid\n$/),
    stderr: '',
  });
});

test('examples/priority is valid for a kubelet of today', async () => {
  const ran = await run(['validate', '-f', 'examples/priority', '--kubelet-version', 'v1.30.2']);
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
});
