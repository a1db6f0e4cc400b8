/** The texts that every package has: manual page, completions, licences, changelog. */

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type Shell, shells } from '../../src/cli/completion/scripts.ts';
import { commands } from '../../src/cli/registry.ts';
import { version } from '../../src/cli/version.ts';
import { manPage } from './man-page.ts';
import { said } from './said.ts';

export interface Documents {
  /** Compressed, as are manual pages on a machine. */
  readonly manPage: Buffer;
  readonly completions: Readonly<Record<Shell, string>>;
  readonly licences: { readonly own: string; readonly thirdParty: string };
  readonly changelog: Buffer;
}

/**
 * @param thirdParty the licence texts of what the executable contains
 * @param epoch the time of the release, in seconds since 1970
 */
export async function makeDocuments(thirdParty: string, epoch: number): Promise<Documents> {
  const help: Record<string, string> = {};
  for (const name of Object.keys(commands)) help[name] = await said('help', ...name.split(' '));
  const completions = await Promise.all(shells.map(async (shell) => [shell, await said('completion', shell)] as const));
  const date = new Date(epoch * 1000).toISOString().slice(0, 'yyyy-mm-dd'.length);
  const page = manPage({ version, date, help, commandsPage: readFileSync('docs/commands.md', 'utf8') });
  return {
    // Without a name and a time in its header: the same text gives the same bytes.
    manPage: gzipSync(page, { level: 9 }),
    completions: Object.fromEntries(completions) as Record<Shell, string>,
    licences: { own: readFileSync('LICENSE', 'utf8'), thirdParty },
    changelog: gzipSync(readFileSync('CHANGELOG.md'), { level: 9 }),
  };
}
