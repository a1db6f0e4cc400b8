/** The person who types a command, for records that other people read. */

import { userInfo } from 'node:os';

/** The name of the user, behind sudo that of the user who ran it. */
export function personOf({ environment }: { readonly environment: Readonly<Record<string, string | undefined>> }): string {
  const sudo = environment['SUDO_USER'];
  if (sudo) return oneLine(sudo);
  try {
    return oneLine(userInfo().username);
  } catch {
    // A container need not have a name for its user.
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** A name is written into a line of its own. */
function oneLine(name: string): string {
  return name.replace(/\s+/g, ' ').slice(0, 64);
}
