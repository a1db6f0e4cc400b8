/** `kubelet-config status`: how one host is, and what to type next. It changes nothing. */

import { command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { outputOption, rootOption } from '../flags/options.ts';
import { hostFilesOf } from '../flags/root.ts';
import { pasteableProblem } from '../print/pasteable.ts';
import { printAs } from '../print/terminal.ts';
import { statusData, statusLines } from '../status/describe.ts';
import { findingsOf, isAsWanted } from '../status/findings.ts';
import { readStatus } from '../status/read-status.ts';

export const status = command({
  name: 'status',
  options: { root: rootOption, output: outputOption },
  examples: [
    ['status', 'this machine, as root'],
    ['status --root /host -o json', 'the machine whose root is mounted at /host, for a program'],
  ],
  epilogue:
    'Exits with 0 if the host is as wanted, with 1 if it is not: something is wrong, or a change waits.\n' +
    'It asks systemd and the kubelet, and reads the last report of the agent from the disk; it does not need the API server.',
  run: async ({ root, output }, { terminal }) => {
    const facts = await readStatus(root, hostFilesOf(root));
    const findings = findingsOf(facts).map((finding) => pasteableProblem(finding, terminal.given));
    if (output) printAs(output, statusData(facts, findings), terminal);
    else for (const line of statusLines(facts, findings)) terminal.out(line);
    return isAsWanted(findings) ? exitCodes.ok : exitCodes.notAsWanted;
  },
});
