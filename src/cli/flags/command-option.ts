/** What an option of a command is. */

import type { Options } from 'yargs';

/** An option of a command: what the parser knows of it, and what a shell completes it with. */
export type CommandOption = Options & {
  /** Absent for choices, and for what only the person knows. */
  readonly completes?: 'File' | 'Directory' | 'Source' | 'SourceDirectory' | 'Revision' | 'FormatOrDirectory';
};
